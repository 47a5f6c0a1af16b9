// Simulation model of DPX9B, the 18 Kbit block RAM of Gowin's GW1N and GW2A (memory user guide UG285) with two ports,
// of 9 or 18 bits.
//
// The asynchronous reset is not modelled; a design that uses it ends the simulation at once.
module DPX9B (
    input CLKA, CEA, WREA, RESETA, OCEA, CLKB, CEB, WREB, RESETB, OCEB,
    input [2:0] BLKSELA, BLKSELB,
    input [13:0] ADA, ADB,
    input [17:0] DIA, DIB,
    output [17:0] DOA, DOB
);
  parameter READ_MODE0 = 1'b0;
  parameter READ_MODE1 = 1'b0;
  parameter WRITE_MODE0 = 2'b00;
  parameter WRITE_MODE1 = 2'b00;
  parameter BIT_WIDTH_0 = 18;
  parameter BIT_WIDTH_1 = 18;
  parameter BLK_SEL_0 = 3'b000;
  parameter BLK_SEL_1 = 3'b000;
  parameter RESET_MODE = "SYNC";
  `CELOSIA_CONTENTS_PARAMETERS(288);

  always @(posedge CLKA)
    if (RESETA && RESET_MODE != "SYNC") $fatal(1, "an asynchronous reset of DPX9B is not modelled");
  always @(posedge CLKB)
    if (RESETB && RESET_MODE != "SYNC") $fatal(1, "an asynchronous reset of DPX9B is not modelled");

  localparam [2048*9-1:0] CONTENTS = `CELOSIA_CONTENTS;
  wire [35:0] result_a, result_b;

  celosia_block_ram #(
      .WIDTH_A(BIT_WIDTH_0),
      .WIDTH_B(BIT_WIDTH_1),
      .MODE_A(WRITE_MODE0),
      .MODE_B(WRITE_MODE1),
      .HOLD_A(READ_MODE0),
      .HOLD_B(READ_MODE1),
      .CONTENTS(CONTENTS)
  ) memory (
      .clk_a(CLKA), .enable_a(CEA && BLKSELA == BLK_SEL_0), .write_a(WREA), .reset_a(RESETA), .hold_a(OCEA),
      .address_a(ADA), .data_a({18'b0, DIA}), .result_a(result_a),
      .clk_b(CLKB), .enable_b(CEB && BLKSELB == BLK_SEL_1), .write_b(WREB), .reset_b(RESETB), .hold_b(OCEB),
      .address_b(ADB), .data_b({18'b0, DIB}), .result_b(result_b)
  );

  assign DOA = result_a[17:0];
  assign DOB = result_b[17:0];
endmodule
