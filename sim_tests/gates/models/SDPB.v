// Simulation model of SDPB, the 18 Kbit block RAM of Gowin's GW1N and GW2A (memory user guide UG285) with one port that
// writes (A), one that reads (B),
// of 1, 2, 4, 8, 16 or 32 bits.
//
// The asynchronous reset is not modelled; a design that uses it ends the simulation at once.
module SDPB (
    input CLKA, CEA, RESETA, CLKB, CEB, OCE, RESETB,
    input [2:0] BLKSELA, BLKSELB,
    input [13:0] ADA, ADB,
    input [31:0] DI,
    output [31:0] DO
);
  parameter READ_MODE = 1'b0;
  parameter BIT_WIDTH_0 = 32;
  parameter BIT_WIDTH_1 = 32;
  parameter BLK_SEL_0 = 3'b000;
  parameter BLK_SEL_1 = 3'b000;
  parameter RESET_MODE = "SYNC";
  `CELOSIA_CONTENTS_PARAMETERS(256);

  always @(posedge CLKA)
    if (RESETA && RESET_MODE != "SYNC") $fatal(1, "an asynchronous reset of SDPB is not modelled");
  always @(posedge CLKB)
    if (RESETB && RESET_MODE != "SYNC") $fatal(1, "an asynchronous reset of SDPB is not modelled");

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
      .MODE_A(0),
      .MODE_B(0),
      .HOLD_A(0),
      .HOLD_B(READ_MODE),
      .CONTENTS(CONTENTS)
  ) memory (
      .clk_a(CLKA), .enable_a(CEA && BLKSELA == BLK_SEL_0), .write_a(1'b1), .reset_a(RESETA), .hold_a(1'b0),
      .address_a(ADA), .data_a({1'b0, DI[31:24], 1'b0, DI[23:16], 1'b0, DI[15:8], 1'b0, DI[7:0]}), .result_a(result_a),
      .clk_b(CLKB), .enable_b(CEB && BLKSELB == BLK_SEL_1), .write_b(1'b0), .reset_b(RESETB), .hold_b(OCE),
      .address_b(ADB), .data_b(36'b0), .result_b(result_b)
  );

  assign DO = {result_b[34:27], result_b[25:18], result_b[16:9], result_b[7:0]};
endmodule
