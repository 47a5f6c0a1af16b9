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
// The files may be named pipes: the simulator then waits for its host. Everything happens at the rising edge, so
// that the simulator evaluates the design once a cycle.
module celosia_harness #(
    parameter BUS_WIDTH = 0,
    parameter CONTROL = 0,
    parameter WATCHDOG = 0
) (
    input clk,
    output reg finished
);
  localparam ENGINES = 3;
  localparam BUS_BYTES = BUS_WIDTH / 8;

  reg rst = 1;
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
  end

  // Reset takes two cycles.
  reg waking = 1;
  always @(posedge clk) begin
    waking <= 0;
    rst <= waking;
  end

  // The host. `left` counts the words of a transaction that have not been requested yet.
  localparam IDLE = 0, WRITING = 1, READING = 2, ANSWERING = 3, STARTING = 4, STARTED = 5;
  localparam RUNNING = 6, FINISHED = 7;
  reg [2:0] state = IDLE;
  reg [31:0] operation, address, left;
  reg [BUS_WIDTH-1:0] data;
  wire free = !request_valid || request_ready;

  always @(posedge clk)
    if (!rst) begin
      if (request_ready) request_valid <= 0;
      case (state)
        IDLE: begin
          got = $fread(operation, transactions);
          if (got == 4) got = $fread(address, transactions);
          if (got == 4) got = $fread(left, transactions);
          if (got != 4) operation = 0;
          case (operation)
            0: state <= FINISHED;
            1: state <= WRITING;
            2: state <= READING;
            3: begin
              if (events != 0) $fwrite(events, "B 0 %0d\n", cycle);
              state <= STARTING;
            end
            default: $fatal(1, "unknown operation %d", operation);
          endcase
        end
        WRITING:
        if (left == 0) state <= IDLE;
        else if (free) begin
          got = $fread(data, transactions);
          request_valid <= 1;
          request_write <= 1;
          request_address <= address;
          request_data <= data;
          address = address + BUS_BYTES;
          left = left - 1;
        end
        READING:
        if (left == 0) begin
          $fflush(results);
          state <= IDLE;
        end else if (free) begin
          request_valid <= 1;
          request_write <= 0;
          request_address <= address;
          address = address + BUS_BYTES;
          left = left - 1;
          state <= ANSWERING;
        end
        ANSWERING:
        if (response_valid) begin
          $fwrite(results, "%x\n", response_data);
          state <= READING;
        end
        STARTING:
        if (free) begin
          request_valid <= 1;
          request_write <= 1;
          request_address <= CONTROL;
          request_data <= left;
          state <= STARTED;
        end
        // `running` rises in the second cycle after the accelerator has taken the request.
        STARTED: if (!request_valid) state <= RUNNING;
        RUNNING:
        if (!running || hung) begin
          if (hung) $fwrite(results, "hang\n");
          else $fwrite(results, "run\n");
          $fflush(results);
          if (events != 0) $fflush(events);
          if (statuses != 0) $fflush(statuses);
          state <= IDLE;
        end
        default:
        if (!finished) begin
          $fclose(results);
          if (events != 0) $fclose(events);
          if (statuses != 0) $fclose(statuses);
          finished <= 1;
        end
      endcase
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
