// Simulation model of SPX9, the 18 Kbit block RAM of Gowin's GW1N and GW2A (memory user guide UG285) with one port,
// of 9, 18 or 36 bits.
//
// The asynchronous reset is not modelled; a design that uses it ends the simulation at once.
module SPX9 (
    input CLK, CE, WRE, RESET, OCE,
    input [2:0] BLKSEL,
    input [13:0] AD,
    input [35:0] DI,
    output [35:0] DO
);
  parameter READ_MODE = 1'b0;
  parameter WRITE_MODE = 2'b00;
  parameter BIT_WIDTH = 36;
  parameter BLK_SEL = 3'b000;
  parameter RESET_MODE = "SYNC";
  `CELOSIA_CONTENTS_PARAMETERS(288);

  always @(posedge CLK)
    if (RESET && RESET_MODE != "SYNC") $fatal(1, "an asynchronous reset of SPX9 is not modelled");

  localparam [2048*9-1:0] CONTENTS = `CELOSIA_CONTENTS;
  wire [35:0] result;

  celosia_block_ram #(
      .WIDTH_A(BIT_WIDTH),
      .MODE_A(WRITE_MODE),
      .HOLD_A(READ_MODE),
      .CONTENTS(CONTENTS)
  ) memory (
      .clk_a(CLK), .enable_a(CE && BLKSEL == BLK_SEL), .write_a(WRE), .reset_a(RESET), .hold_a(OCE),
      .address_a(AD), .data_a(DI), .result_a(result),
      .clk_b(1'b0), .enable_b(1'b0), .write_b(1'b0), .reset_b(1'b0), .hold_b(1'b0),
      .address_b(14'b0), .data_b(36'b0), .result_b()
  );

  assign DO = result;
endmodule
