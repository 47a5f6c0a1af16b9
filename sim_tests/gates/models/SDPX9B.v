// Simulation model of SDPX9B, the 18 Kbit block RAM of Gowin's GW1N and GW2A (memory user guide UG285) with one port that writes (A), one that reads (B),
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
  parameter INIT_RAM_00 = 288'd0;
  parameter INIT_RAM_01 = 288'd0;
  parameter INIT_RAM_02 = 288'd0;
  parameter INIT_RAM_03 = 288'd0;
  parameter INIT_RAM_04 = 288'd0;
  parameter INIT_RAM_05 = 288'd0;
  parameter INIT_RAM_06 = 288'd0;
  parameter INIT_RAM_07 = 288'd0;
  parameter INIT_RAM_08 = 288'd0;
  parameter INIT_RAM_09 = 288'd0;
  parameter INIT_RAM_0A = 288'd0;
  parameter INIT_RAM_0B = 288'd0;
  parameter INIT_RAM_0C = 288'd0;
  parameter INIT_RAM_0D = 288'd0;
  parameter INIT_RAM_0E = 288'd0;
  parameter INIT_RAM_0F = 288'd0;
  parameter INIT_RAM_10 = 288'd0;
  parameter INIT_RAM_11 = 288'd0;
  parameter INIT_RAM_12 = 288'd0;
  parameter INIT_RAM_13 = 288'd0;
  parameter INIT_RAM_14 = 288'd0;
  parameter INIT_RAM_15 = 288'd0;
  parameter INIT_RAM_16 = 288'd0;
  parameter INIT_RAM_17 = 288'd0;
  parameter INIT_RAM_18 = 288'd0;
  parameter INIT_RAM_19 = 288'd0;
  parameter INIT_RAM_1A = 288'd0;
  parameter INIT_RAM_1B = 288'd0;
  parameter INIT_RAM_1C = 288'd0;
  parameter INIT_RAM_1D = 288'd0;
  parameter INIT_RAM_1E = 288'd0;
  parameter INIT_RAM_1F = 288'd0;
  parameter INIT_RAM_20 = 288'd0;
  parameter INIT_RAM_21 = 288'd0;
  parameter INIT_RAM_22 = 288'd0;
  parameter INIT_RAM_23 = 288'd0;
  parameter INIT_RAM_24 = 288'd0;
  parameter INIT_RAM_25 = 288'd0;
  parameter INIT_RAM_26 = 288'd0;
  parameter INIT_RAM_27 = 288'd0;
  parameter INIT_RAM_28 = 288'd0;
  parameter INIT_RAM_29 = 288'd0;
  parameter INIT_RAM_2A = 288'd0;
  parameter INIT_RAM_2B = 288'd0;
  parameter INIT_RAM_2C = 288'd0;
  parameter INIT_RAM_2D = 288'd0;
  parameter INIT_RAM_2E = 288'd0;
  parameter INIT_RAM_2F = 288'd0;
  parameter INIT_RAM_30 = 288'd0;
  parameter INIT_RAM_31 = 288'd0;
  parameter INIT_RAM_32 = 288'd0;
  parameter INIT_RAM_33 = 288'd0;
  parameter INIT_RAM_34 = 288'd0;
  parameter INIT_RAM_35 = 288'd0;
  parameter INIT_RAM_36 = 288'd0;
  parameter INIT_RAM_37 = 288'd0;
  parameter INIT_RAM_38 = 288'd0;
  parameter INIT_RAM_39 = 288'd0;
  parameter INIT_RAM_3A = 288'd0;
  parameter INIT_RAM_3B = 288'd0;
  parameter INIT_RAM_3C = 288'd0;
  parameter INIT_RAM_3D = 288'd0;
  parameter INIT_RAM_3E = 288'd0;
  parameter INIT_RAM_3F = 288'd0;

  always @(posedge CLKA)
    if (RESETA && RESET_MODE != "SYNC") $fatal(1, "an asynchronous reset of SDPX9B is not modelled");
  always @(posedge CLKB)
    if (RESETB && RESET_MODE != "SYNC") $fatal(1, "an asynchronous reset of SDPX9B is not modelled");

  localparam [2048*9-1:0] CONTENTS = {
      INIT_RAM_3F, INIT_RAM_3E, INIT_RAM_3D, INIT_RAM_3C, INIT_RAM_3B, INIT_RAM_3A, INIT_RAM_39, INIT_RAM_38,
      INIT_RAM_37, INIT_RAM_36, INIT_RAM_35, INIT_RAM_34, INIT_RAM_33, INIT_RAM_32, INIT_RAM_31, INIT_RAM_30,
      INIT_RAM_2F, INIT_RAM_2E, INIT_RAM_2D, INIT_RAM_2C, INIT_RAM_2B, INIT_RAM_2A, INIT_RAM_29, INIT_RAM_28,
      INIT_RAM_27, INIT_RAM_26, INIT_RAM_25, INIT_RAM_24, INIT_RAM_23, INIT_RAM_22, INIT_RAM_21, INIT_RAM_20,
      INIT_RAM_1F, INIT_RAM_1E, INIT_RAM_1D, INIT_RAM_1C, INIT_RAM_1B, INIT_RAM_1A, INIT_RAM_19, INIT_RAM_18,
      INIT_RAM_17, INIT_RAM_16, INIT_RAM_15, INIT_RAM_14, INIT_RAM_13, INIT_RAM_12, INIT_RAM_11, INIT_RAM_10,
      INIT_RAM_0F, INIT_RAM_0E, INIT_RAM_0D, INIT_RAM_0C, INIT_RAM_0B, INIT_RAM_0A, INIT_RAM_09, INIT_RAM_08,
      INIT_RAM_07, INIT_RAM_06, INIT_RAM_05, INIT_RAM_04, INIT_RAM_03, INIT_RAM_02, INIT_RAM_01, INIT_RAM_00
  };
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
