`timescale 1ns / 1ps

// Drives a board's serial line from a stream of commands, so that no other language runs per cycle.
//
// +commands=FILE  binary, big-endian: a 32-bit count, a 32-bit number of cycles, then count bytes. The bytes are sent to
//                 the board without a gap; then it runs until it rests, or until the cycles have passed. At the
//                 end of the file the simulation ends.
// +answers=FILE   text, a line each: two hexadecimal digits for a byte from the board, as it comes; after each
//                 command `r` if the board rests, `b` if it is busy
//
// A board rests when no program has run and its line has been idle for REST_CYCLES. Time stands still between commands.
module celosia_board_harness #(
    parameter BIT_CYCLES  = 0,
    parameter REST_CYCLES = 0
) (
    output reg finished
);
  reg clk = 0;
  reg rst = 1;
  always #5 clk = ~clk;

  reg rx = 1;
  wire tx;
  wire [3:0] leds;

  board board (
      .clk (clk),
      .rst (rst),
      .rx  (rx),
      .tx  (tx),
      .leds(leds)
  );

  integer commands, answers, got;
  reg [8*4096-1:0] path;
  reg [31:0] count, cycles;
  reg [7:0] value;

  // To the board. The process below offers bytes by counting up `offers`; `taken` follows.
  reg [31:0] offers = 0;
  reg [31:0] taken = 0;
  reg [7:0] offered;
  reg [9:0] frame;
  reg [3:0] frame_bits = 0;
  reg [15:0] bit_cycles = 0;
  always @(posedge clk)
    if (bit_cycles != 0) bit_cycles <= bit_cycles - 1;
    else if (frame_bits != 0) begin
      rx <= frame[0];
      frame <= frame >> 1;
      frame_bits <= frame_bits - 1;
      bit_cycles <= BIT_CYCLES - 1;
    end else if (taken != offers) begin
      frame <= {1'b1, offered, 1'b0};
      frame_bits <= 10;
      taken <= offers;
    end

  // From the board.
  reg [7:0] received;
  reg [3:0] received_bits = 0;
  reg [15:0] sample_cycles = 0;
  reg receiving = 0;
  reg [31:0] quiet_cycles = 0;
  always @(posedge clk) begin
    quiet_cycles <= quiet_cycles + 1;
    if (frame_bits != 0 || taken != offers || receiving) quiet_cycles <= 0;
    if (!receiving) begin
      receiving <= !tx;
      received_bits <= 8;
      sample_cycles <= BIT_CYCLES + BIT_CYCLES / 2 - 1;
    end else if (sample_cycles != 0) sample_cycles <= sample_cycles - 1;
    else if (received_bits != 0) begin
      received <= {tx, received[7:1]};
      received_bits <= received_bits - 1;
      sample_cycles <= BIT_CYCLES - 1;
    end else begin
      $fwrite(answers, "%02x\n", received);
      $fflush(answers);
      receiving <= 0;
    end
  end

  // The end of a command.
  reg [63:0] cycle = 0;
  reg [63:0] deadline = 0;
  reg [31:0] runs = 0;
  reg [31:0] ended = 0;
  reg rests = 0;
  wire resting = !leds[0] && quiet_cycles >= REST_CYCLES;
  always @(posedge clk) begin
    cycle <= cycle + 1;
    if (runs != ended && (resting || cycle >= deadline)) begin
      ended <= runs;
      rests <= resting;
    end
  end

  initial begin
    finished = 0;
    if (!$value$plusargs("commands=%s", path)) $fatal(1, "+commands is missing");
    commands = $fopen(path, "rb");
    if (!$value$plusargs("answers=%s", path)) $fatal(1, "+answers is missing");
    answers = $fopen(path, "w");
    @(negedge clk);
    @(negedge clk);
    rst = 0;
    got = $fread(count, commands);
    while (got == 4) begin
      got = $fread(cycles, commands);
      while (count != 0) begin
        got = $fread(value, commands);
        offered = value;
        offers = offers + 1;
        @(taken);
        count = count - 1;
      end
      deadline = cycle + cycles;
      runs = runs + 1;
      @(ended);
      if (rests) $fwrite(answers, "r\n");
      else $fwrite(answers, "b\n");
      $fflush(answers);
      got = $fread(count, commands);
    end
    $fclose(answers);
    finished = 1;
  end
endmodule
