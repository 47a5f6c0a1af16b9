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
  `CELOSIA_CONTENTS_PARAMETERS(256);

  always @(posedge CLKA)
    if (RESETA && RESET_MODE != "SYNC") $fatal(1, "an asynchronous reset of DPB is not modelled");
  always @(posedge CLKB)
    if (RESETB && RESET_MODE != "SYNC") $fatal(1, "an asynchronous reset of DPB is not modelled");

  localparam [2048*8-1:0] INITIAL = `CELOSIA_CONTENTS;
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
