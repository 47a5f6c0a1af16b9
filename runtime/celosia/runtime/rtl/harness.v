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
//                     kind engine cycle busy empty dependency operands bank
//                     with the engine's cycles in each state so far
//
// The files may be named pipes: the simulator then waits for its host.
module celosia_harness #(
    parameter BUS_WIDTH = 0,
    parameter CONTROL = 0,
    parameter WATCHDOG = 0
) (
    output reg finished
);
  localparam ENGINES = 2;
  localparam BUS_BYTES = BUS_WIDTH / 8;
  localparam STATES = 5;

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
  wire [3*ENGINES-1:0] status;
  wire [ENGINES-1:0] started;
  wire [ENGINES-1:0] retired;

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
      .trace__status__0(status[2:0]),
      .trace__status__1(status[5:3]),
      .trace__started(started),
      .trace__retired(retired)
  );

  integer transactions, results, events, got;
  reg [8*4096-1:0] path;
  reg [31:0] operation, address, count, index;
  reg [BUS_WIDTH-1:0] data;

  // Signals change at falling edges and are read shortly after, so nothing races with the rising edge.

  // One request; returns just after the rising edge that took it.
  task automatic request(input write, input [31:0] at, input [BUS_WIDTH-1:0] value);
    begin
      @(negedge clk);
      request_valid = 1;
      request_write = write;
      request_address = at;
      request_data = value;
      #1;
      while (!request_ready) begin
        @(negedge clk);
        #1;
      end
      @(posedge clk);
      #1;
      request_valid = 0;
    end
  endtask

  task automatic run(input [31:0] commands);
    begin
      if (events != 0) $fwrite(events, "B 0 %0d 0 0 0 0 0\n", cycle);
      request(1, CONTROL, commands);
      while (running && !hung) @(running or hung);
      if (hung) $fwrite(results, "hang\n");
      else $fwrite(results, "run\n");
      $fflush(results);
      if (events != 0) $fflush(events);
    end
  endtask

  initial begin
    finished = 0;
    events = 0;
    if (!$value$plusargs("transactions=%s", path)) $fatal(1, "+transactions is missing");
    transactions = $fopen(path, "rb");
    if (!$value$plusargs("results=%s", path)) $fatal(1, "+results is missing");
    results = $fopen(path, "w");
    if ($value$plusargs("events=%s", path)) events = $fopen(path, "w");
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
              @(negedge clk);
              while (!response_valid) @(negedge clk);
              $fwrite(results, "%x\n", response_data);
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
    finished = 1;
  end

  // What each engine does, cycle by cycle, and when its commands start and retire.
  reg [31:0] cycle = 0;
  reg [31:0] quiet = 0;
  reg hung = 0;
  reg [31:0] spent[0:ENGINES*STATES-1];
  integer engine;
  initial for (engine = 0; engine < ENGINES * STATES; engine = engine + 1) spent[engine] = 0;

  always @(posedge clk) begin
    if (running) begin
      cycle <= cycle + 1;
      quiet <= (started != 0 || retired != 0) ? 0 : quiet + 1;
      if (quiet == WATCHDOG) hung <= 1;
      for (engine = 0; engine < ENGINES; engine = engine + 1) begin
        spent[engine*STATES+status[3*engine+:3]-1] <= spent[engine*STATES+status[3*engine+:3]-1] + 1;
        if (events != 0 && started[engine])
          $fwrite(events, "S %0d %0d %0d %0d %0d %0d %0d\n", engine, cycle, spent[engine*STATES],
                  spent[engine*STATES+1], spent[engine*STATES+2], spent[engine*STATES+3], spent[engine*STATES+4]);
        if (events != 0 && retired[engine])
          $fwrite(events, "R %0d %0d %0d %0d %0d %0d %0d\n", engine, cycle, spent[engine*STATES],
                  spent[engine*STATES+1], spent[engine*STATES+2], spent[engine*STATES+3], spent[engine*STATES+4]);
      end
    end
  end
endmodule
