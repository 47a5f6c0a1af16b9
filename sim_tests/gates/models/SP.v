// Simulation model of SP, the 16 Kbit block RAM of Gowin's GW1N and GW2A (memory user guide UG285) with one port,
// of 1, 2, 4, 8, 16 or 32 bits.
//
// The asynchronous reset is not modelled; a design that uses it ends the simulation at once.
module SP (
    input CLK, CE, WRE, RESET, OCE,
    input [2:0] BLKSEL,
    input [13:0] AD,
    input [31:0] DI,
    output [31:0] DO
);
  parameter READ_MODE = 1'b0;
  parameter WRITE_MODE = 2'b00;
  parameter BIT_WIDTH = 32;
  parameter BLK_SEL = 3'b000;
  parameter RESET_MODE = "SYNC";
  `CELOSIA_CONTENTS_PARAMETERS(256);

  always @(posedge CLK)
    if (RESET && RESET_MODE != "SYNC") $fatal(1, "an asynchronous reset of SP is not modelled");

  localparam [2048*8-1:0] INITIAL = `CELOSIA_CONTENTS;
  function automatic [2048*9-1:0] contents(input [2048*8-1:0] initial_values);
    integer lane;
    for (lane = 0; lane < 2048; lane = lane + 1) contents[lane*9+:9] = {1'b0, initial_values[lane*8+:8]};
  endfunction
  localparam [2048*9-1:0] CONTENTS = contents(INITIAL);
  wire [35:0] result;

  celosia_block_ram #(
      .WIDTH_A(BIT_WIDTH / 8 * 9 + BIT_WIDTH % 8),
      .MODE_A(WRITE_MODE),
      .HOLD_A(READ_MODE),
      .CONTENTS(CONTENTS)
  ) memory (
      .clk_a(CLK), .enable_a(CE && BLKSEL == BLK_SEL), .write_a(WRE), .reset_a(RESET), .hold_a(OCE),
      .address_a(AD), .data_a({1'b0, DI[31:24], 1'b0, DI[23:16], 1'b0, DI[15:8], 1'b0, DI[7:0]}), .result_a(result),
      .clk_b(1'b0), .enable_b(1'b0), .write_b(1'b0), .reset_b(1'b0), .hold_b(1'b0),
      .address_b(14'b0), .data_b(36'b0), .result_b()
  );

  assign DO = {result[34:27], result[25:18], result[16:9], result[7:0]};
endmodule
