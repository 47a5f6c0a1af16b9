`timescale 1ns / 1ps

// Drives an accelerator from a stream of host transactions, so that no other language runs per cycle.
//
// +transactions=FILE  binary, big-endian: a 32-bit operation, a 32-bit address, a 32-bit count, then
//                     1 write:  count bus words of data, written from the address upwards
//                     2 read:   count bus words are read from the address upwards into the results
//                     3 run:    the count is written to CONTROL; waits until the program stops running
//                     0 finish: the simulation ends
// +results=FILE       text: one hexadecimal bus word a line for each word read, one line `run` after each run,
//                     `hang` instead if nothing has happened for WATCHDOG cycles
// +events=FILE        text, if given: one line for each run that begins (B), command that starts (S) or retires (R):
//                     kind engine cycle
// +statuses=FILE      text, if given: one line for each change of an engine's status, and one for each engine as a run
//                     begins: engine status cycle
//
// The files may be named pipes: the simulator then waits for its host.
module celosia_harness #(
    parameter BUS_WIDTH = 0,
    parameter CONTROL = 0,
    parameter WATCHDOG = 0
) (
    output reg finished
);
  localparam ENGINES = 3;
  localparam BUS_BYTES = BUS_WIDTH / 8;

  reg clk = 0;
  reg rst = 1;
  always #5 clk = ~clk;

  reg request_valid = 0;
  reg request_write = 0;
  reg [31:0] request_address = 0;
  reg [BUS_WIDTH-1:0] request_data = 0;
  wire request_ready;
  wire response_valid;
  wire [BUS_WIDTH-1:0] response_data;
  wire running;
  wire [ENGINES-1:0] started;
  wire [ENGINES-1:0] retired;
  wire [2:0] status[0:ENGINES-1];

  accelerator accelerator (
      .clk(clk),
      .rst(rst),
      .host__request__valid(request_valid),
      .host__request__ready(request_ready),
      .host__request__payload({request_data, request_address, request_write}),
      .host__response__valid(response_valid),
      .host__response__ready(1'b1),
      .host__response__payload(response_data),
      .running(running),
      .trace__started(started),
      .trace__retired(retired),
      .trace__status__0(status[0]),
      .trace__status__1(status[1]),
      .trace__status__2(status[2])
  );

  integer transactions, results, events, statuses, got;
  reg [8*4096-1:0] path;
  reg [31:0] operation, address, count, index;
  reg [BUS_WIDTH-1:0] data;

  // The transactor below proposes a request; this register offers it to the accelerator. Were the accelerator's
  // inputs driven outside the clock edge, the simulator would evaluate all its combinational logic twice.
  reg proposed = 0;
  reg proposed_write = 0;
  reg [31:0] proposed_address = 0;
  reg [BUS_WIDTH-1:0] proposed_data = 0;
  reg loaded = 0;
  reg responded = 0;
  reg [BUS_WIDTH-1:0] response = 0;
  always @(posedge clk) begin
    loaded <= 0;
    if (!request_valid || request_ready) begin
      request_valid <= proposed;
      request_write <= proposed_write;
      request_address <= proposed_address;
      request_data <= proposed_data;
      loaded <= proposed;
    end
    responded <= response_valid;
    if (response_valid) response <= response_data;
  end

  // One request; returns at the falling edge after the register has it, ready for the next one.
  task automatic request(input write, input [31:0] at, input [BUS_WIDTH-1:0] value);
    begin
      proposed = 1;
      proposed_write = write;
      proposed_address = at;
      proposed_data = value;
      @(negedge clk);
      while (!loaded) @(negedge clk);
      proposed = 0;
    end
  endtask

  task automatic run(input [31:0] commands);
    begin
      if (events != 0) $fwrite(events, "B 0 %0d\n", cycle);
      request(1, CONTROL, commands);
      // `running` rises as the accelerator takes the request.
      while (request_valid) @(negedge clk);
      while (running && !hung) @(running or hung);
      if (hung) $fwrite(results, "hang\n");
      else $fwrite(results, "run\n");
      $fflush(results);
      if (events != 0) $fflush(events);
      if (statuses != 0) $fflush(statuses);
      @(negedge clk);
    end
  endtask

  initial begin
    finished = 0;
    events = 0;
    statuses = 0;
    if (!$value$plusargs("transactions=%s", path)) $fatal(1, "+transactions is missing");
    transactions = $fopen(path, "rb");
    if (!$value$plusargs("results=%s", path)) $fatal(1, "+results is missing");
    results = $fopen(path, "w");
    if ($value$plusargs("events=%s", path)) events = $fopen(path, "w");
    if ($value$plusargs("statuses=%s", path)) statuses = $fopen(path, "w");
    @(negedge clk);
    @(negedge clk);
    rst = 0;
    operation = 1;
    while (operation != 0) begin
      got = $fread(operation, transactions);
      if (got != 4) operation = 0;
      if (operation != 0) begin
        got = $fread(address, transactions);
        got = $fread(count, transactions);
        case (operation)
          1:
          for (index = 0; index < count; index = index + 1) begin
            got = $fread(data, transactions);
            request(1, address + index * BUS_BYTES, data);
          end
          2: begin
            for (index = 0; index < count; index = index + 1) begin
              request(0, address + index * BUS_BYTES, 0);
              while (!responded) @(negedge clk);
              $fwrite(results, "%x\n", response);
            end
            $fflush(results);
          end
          3: run(count);
          default: $fatal(1, "unknown operation %d", operation);
        endcase
      end
    end
    $fclose(results);
    if (events != 0) $fclose(events);
    if (statuses != 0) $fclose(statuses);
    finished = 1;
  end

  // When commands start and retire.
  reg [31:0] cycle = 0;
  reg [31:0] quiet = 0;
  reg hung = 0;
  integer engine;

  localparam NO_STATUS = 3'd0;
  reg [2:0] last_status[0:ENGINES-1];

  always @(posedge clk)
    if (statuses != 0) begin
      for (engine = 0; engine < ENGINES; engine = engine + 1) begin
        if (running && status[engine] != last_status[engine])
          $fwrite(statuses, "%0d %0d %0d\n", engine, status[engine], cycle);
        last_status[engine] <= running ? status[engine] : NO_STATUS;
      end
    end

  always @(posedge clk)
    if (running) begin
      cycle <= cycle + 1;
      quiet <= quiet + 1;
      if (quiet == WATCHDOG) hung <= 1;
      if (started != 0 || retired != 0) begin
        quiet <= 0;
        for (engine = 0; engine < ENGINES && events != 0; engine = engine + 1) begin
          if (started[engine]) $fwrite(events, "S %0d %0d\n", engine, cycle);
          if (retired[engine]) $fwrite(events, "R %0d %0d\n", engine, cycle);
        end
      end
    end
endmodule
