// Simulation model of SDPX9B, the 18 Kbit block RAM of Gowin's GW1N and GW2A (memory user guide UG285) with one port that
// writes (A), one that reads (B),
// of 9, 18 or 36 bits.
//
// The asynchronous reset is not modelled; a design that uses it ends the simulation at once.
module SDPX9B (
    input CLKA, CEA, RESETA, CLKB, CEB, OCE, RESETB,
    input [2:0] BLKSELA, BLKSELB,
    input [13:0] ADA, ADB,
    input [35:0] DI,
    output [35:0] DO
);
  parameter READ_MODE = 1'b0;
  parameter BIT_WIDTH_0 = 36;
  parameter BIT_WIDTH_1 = 36;
  parameter BLK_SEL_0 = 3'b000;
  parameter BLK_SEL_1 = 3'b000;
  parameter RESET_MODE = "SYNC";
  `CELOSIA_CONTENTS_PARAMETERS(288);

  always @(posedge CLKA)
    if (RESETA && RESET_MODE != "SYNC") $fatal(1, "an asynchronous reset of SDPX9B is not modelled");
  always @(posedge CLKB)
    if (RESETB && RESET_MODE != "SYNC") $fatal(1, "an asynchronous reset of SDPX9B is not modelled");

  localparam [2048*9-1:0] CONTENTS = `CELOSIA_CONTENTS;
  wire [35:0] result_a, result_b;

  celosia_block_ram #(
      .WIDTH_A(BIT_WIDTH_0),
      .WIDTH_B(BIT_WIDTH_1),
      .MODE_A(0),
      .MODE_B(0),
      .HOLD_A(0),
      .HOLD_B(READ_MODE),
      .CONTENTS(CONTENTS)
  ) memory (
      .clk_a(CLKA), .enable_a(CEA && BLKSELA == BLK_SEL_0), .write_a(1'b1), .reset_a(RESETA), .hold_a(1'b0),
      .address_a(ADA), .data_a(DI), .result_a(result_a),
      .clk_b(CLKB), .enable_b(CEB && BLKSELB == BLK_SEL_1), .write_b(1'b0), .reset_b(RESETB), .hold_b(OCE),
      .address_b(ADB), .data_b(36'b0), .result_b(result_b)
  );

  assign DO = result_b;
endmodule
