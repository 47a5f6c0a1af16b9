// Simulation model of DPB, the 18 Kbit block RAM of Gowin's GW1N and GW2A (memory user guide UG285) with two ports,
// of 1, 2, 4, 8 or 16 bits.
//
// The asynchronous reset is not modelled; a design that uses it ends the simulation at once.
module DPB (
    input CLKA, CEA, WREA, RESETA, OCEA, CLKB, CEB, WREB, RESETB, OCEB,
    input [2:0] BLKSELA, BLKSELB,
    input [13:0] ADA, ADB,
    input [15:0] DIA, DIB,
    output [15:0] DOA, DOB
);
  parameter READ_MODE0 = 1'b0;
  parameter READ_MODE1 = 1'b0;
  parameter WRITE_MODE0 = 2'b00;
  parameter WRITE_MODE1 = 2'b00;
  parameter BIT_WIDTH_0 = 16;
  parameter BIT_WIDTH_1 = 16;
  parameter BLK_SEL_0 = 3'b000;
  parameter BLK_SEL_1 = 3'b000;
  parameter RESET_MODE = "SYNC";
  parameter INIT_RAM_00 = 256'd0;
  parameter INIT_RAM_01 = 256'd0;
  parameter INIT_RAM_02 = 256'd0;
  parameter INIT_RAM_03 = 256'd0;
  parameter INIT_RAM_04 = 256'd0;
  parameter INIT_RAM_05 = 256'd0;
  parameter INIT_RAM_06 = 256'd0;
  parameter INIT_RAM_07 = 256'd0;
  parameter INIT_RAM_08 = 256'd0;
  parameter INIT_RAM_09 = 256'd0;
  parameter INIT_RAM_0A = 256'd0;
  parameter INIT_RAM_0B = 256'd0;
  parameter INIT_RAM_0C = 256'd0;
  parameter INIT_RAM_0D = 256'd0;
  parameter INIT_RAM_0E = 256'd0;
  parameter INIT_RAM_0F = 256'd0;
  parameter INIT_RAM_10 = 256'd0;
  parameter INIT_RAM_11 = 256'd0;
  parameter INIT_RAM_12 = 256'd0;
  parameter INIT_RAM_13 = 256'd0;
  parameter INIT_RAM_14 = 256'd0;
  parameter INIT_RAM_15 = 256'd0;
  parameter INIT_RAM_16 = 256'd0;
  parameter INIT_RAM_17 = 256'd0;
  parameter INIT_RAM_18 = 256'd0;
  parameter INIT_RAM_19 = 256'd0;
  parameter INIT_RAM_1A = 256'd0;
  parameter INIT_RAM_1B = 256'd0;
  parameter INIT_RAM_1C = 256'd0;
  parameter INIT_RAM_1D = 256'd0;
  parameter INIT_RAM_1E = 256'd0;
  parameter INIT_RAM_1F = 256'd0;
  parameter INIT_RAM_20 = 256'd0;
  parameter INIT_RAM_21 = 256'd0;
  parameter INIT_RAM_22 = 256'd0;
  parameter INIT_RAM_23 = 256'd0;
  parameter INIT_RAM_24 = 256'd0;
  parameter INIT_RAM_25 = 256'd0;
  parameter INIT_RAM_26 = 256'd0;
  parameter INIT_RAM_27 = 256'd0;
  parameter INIT_RAM_28 = 256'd0;
  parameter INIT_RAM_29 = 256'd0;
  parameter INIT_RAM_2A = 256'd0;
  parameter INIT_RAM_2B = 256'd0;
  parameter INIT_RAM_2C = 256'd0;
  parameter INIT_RAM_2D = 256'd0;
  parameter INIT_RAM_2E = 256'd0;
  parameter INIT_RAM_2F = 256'd0;
  parameter INIT_RAM_30 = 256'd0;
  parameter INIT_RAM_31 = 256'd0;
  parameter INIT_RAM_32 = 256'd0;
  parameter INIT_RAM_33 = 256'd0;
  parameter INIT_RAM_34 = 256'd0;
  parameter INIT_RAM_35 = 256'd0;
  parameter INIT_RAM_36 = 256'd0;
  parameter INIT_RAM_37 = 256'd0;
  parameter INIT_RAM_38 = 256'd0;
  parameter INIT_RAM_39 = 256'd0;
  parameter INIT_RAM_3A = 256'd0;
  parameter INIT_RAM_3B = 256'd0;
  parameter INIT_RAM_3C = 256'd0;
  parameter INIT_RAM_3D = 256'd0;
  parameter INIT_RAM_3E = 256'd0;
  parameter INIT_RAM_3F = 256'd0;

  always @(posedge CLKA)
    if (RESETA && RESET_MODE != "SYNC") $fatal(1, "an asynchronous reset of DPB is not modelled");
  always @(posedge CLKB)
    if (RESETB && RESET_MODE != "SYNC") $fatal(1, "an asynchronous reset of DPB is not modelled");

  localparam [2048*8-1:0] INITIAL = {
      INIT_RAM_3F, INIT_RAM_3E, INIT_RAM_3D, INIT_RAM_3C, INIT_RAM_3B, INIT_RAM_3A, INIT_RAM_39, INIT_RAM_38,
      INIT_RAM_37, INIT_RAM_36, INIT_RAM_35, INIT_RAM_34, INIT_RAM_33, INIT_RAM_32, INIT_RAM_31, INIT_RAM_30,
      INIT_RAM_2F, INIT_RAM_2E, INIT_RAM_2D, INIT_RAM_2C, INIT_RAM_2B, INIT_RAM_2A, INIT_RAM_29, INIT_RAM_28,
      INIT_RAM_27, INIT_RAM_26, INIT_RAM_25, INIT_RAM_24, INIT_RAM_23, INIT_RAM_22, INIT_RAM_21, INIT_RAM_20,
      INIT_RAM_1F, INIT_RAM_1E, INIT_RAM_1D, INIT_RAM_1C, INIT_RAM_1B, INIT_RAM_1A, INIT_RAM_19, INIT_RAM_18,
      INIT_RAM_17, INIT_RAM_16, INIT_RAM_15, INIT_RAM_14, INIT_RAM_13, INIT_RAM_12, INIT_RAM_11, INIT_RAM_10,
      INIT_RAM_0F, INIT_RAM_0E, INIT_RAM_0D, INIT_RAM_0C, INIT_RAM_0B, INIT_RAM_0A, INIT_RAM_09, INIT_RAM_08,
      INIT_RAM_07, INIT_RAM_06, INIT_RAM_05, INIT_RAM_04, INIT_RAM_03, INIT_RAM_02, INIT_RAM_01, INIT_RAM_00
  };
  function automatic [2048*9-1:0] contents(input [2048*8-1:0] initial_values);
    integer lane;
    for (lane = 0; lane < 2048; lane = lane + 1) contents[lane*9+:9] = {1'b0, initial_values[lane*8+:8]};
  endfunction
  localparam [2048*9-1:0] CONTENTS = contents(INITIAL);
  wire [35:0] result_a, result_b;

  celosia_block_ram #(
      .WIDTH_A(BIT_WIDTH_0 / 8 * 9 + BIT_WIDTH_0 % 8),
      .WIDTH_B(BIT_WIDTH_1 / 8 * 9 + BIT_WIDTH_1 % 8),
      .MODE_A(WRITE_MODE0),
      .MODE_B(WRITE_MODE1),
      .HOLD_A(READ_MODE0),
      .HOLD_B(READ_MODE1),
      .CONTENTS(CONTENTS)
  ) memory (
      .clk_a(CLKA), .enable_a(CEA && BLKSELA == BLK_SEL_0), .write_a(WREA), .reset_a(RESETA), .hold_a(OCEA),
      .address_a(ADA), .data_a({18'b0, 1'b0, DIA[15:8], 1'b0, DIA[7:0]}), .result_a(result_a),
      .clk_b(CLKB), .enable_b(CEB && BLKSELB == BLK_SEL_1), .write_b(WREB), .reset_b(RESETB), .hold_b(OCEB),
      .address_b(ADB), .data_b({18'b0, 1'b0, DIB[15:8], 1'b0, DIB[7:0]}), .result_b(result_b)
  );

  assign DOA = {result_a[16:9], result_a[7:0]};
  assign DOB = {result_b[16:9], result_b[7:0]};
endmodule
