// Simulation model of the DSP block of Lattice's iCE40 UltraPlus (DSP function usage guide, technical note TN1295) as
// two multipliers of 8 x 8 bits: operand and product registers, each present or absent.
//
// Accumulators, adders and the 16 x 16 mode are not modelled; a design that sets them ends the simulation at once.
`ifndef SYNTHESIS
module SB_MAC16 (
    input CLK, CE,
    input [15:0] C, A, B, D,
    input AHOLD, BHOLD, CHOLD, DHOLD, IRSTTOP, IRSTBOT, ORSTTOP, ORSTBOT, OLOADTOP, OLOADBOT,
    input ADDSUBTOP, ADDSUBBOT, OHOLDTOP, OHOLDBOT, CI, ACCUMCI, SIGNEXTIN,
    output [31:0] O,
    output CO, ACCUMCO, SIGNEXTOUT
);
  parameter NEG_TRIGGER = 1'b0;
  parameter C_REG = 1'b0;
  parameter A_REG = 1'b0;
  parameter B_REG = 1'b0;
  parameter D_REG = 1'b0;
  parameter TOP_8x8_MULT_REG = 1'b0;
  parameter BOT_8x8_MULT_REG = 1'b0;
  parameter PIPELINE_16x16_MULT_REG1 = 1'b0;
  parameter PIPELINE_16x16_MULT_REG2 = 1'b0;
  parameter TOPOUTPUT_SELECT = 2'b00;
  parameter TOPADDSUB_LOWERINPUT = 2'b00;
  parameter TOPADDSUB_UPPERINPUT = 1'b0;
  parameter TOPADDSUB_CARRYSELECT = 2'b00;
  parameter BOTOUTPUT_SELECT = 2'b00;
  parameter BOTADDSUB_LOWERINPUT = 2'b00;
  parameter BOTADDSUB_UPPERINPUT = 1'b0;
  parameter BOTADDSUB_CARRYSELECT = 2'b00;
  parameter MODE_8x8 = 1'b0;
  parameter A_SIGNED = 1'b0;
  parameter B_SIGNED = 1'b0;

  localparam SELECT_PRODUCT = 2'b10;

  reg [15:0] a_held = 0;
  reg [15:0] b_held = 0;
  reg [15:0] top_held = 0;
  reg [15:0] bottom_held = 0;
  wire [15:0] a_used = A_REG ? a_held : A;
  wire [15:0] b_used = B_REG ? b_held : B;

  wire signed [8:0] top_a = {A_SIGNED & a_used[15], a_used[15:8]};
  wire signed [8:0] top_b = {B_SIGNED & b_used[15], b_used[15:8]};
  wire signed [8:0] bottom_a = {A_SIGNED & a_used[7], a_used[7:0]};
  wire signed [8:0] bottom_b = {B_SIGNED & b_used[7], b_used[7:0]};
  wire signed [15:0] top = top_a * top_b;
  wire signed [15:0] bottom = bottom_a * bottom_b;

  // The reset of the top half governs A and the top product, that of the bottom half B and the bottom product.
  always @(posedge CLK)
    if (IRSTTOP) begin
      a_held <= 0;
      top_held <= 0;
    end else if (CE) begin
      if (!AHOLD) a_held <= A;
      top_held <= top;
    end
  always @(posedge CLK)
    if (IRSTBOT) begin
      b_held <= 0;
      bottom_held <= 0;
    end else if (CE) begin
      if (!BHOLD) b_held <= B;
      bottom_held <= bottom;
    end

  assign O = {TOP_8x8_MULT_REG ? top_held : top, BOT_8x8_MULT_REG ? bottom_held : bottom};
  assign CO = 1'b0;
  assign ACCUMCO = 1'b0;
  assign SIGNEXTOUT = 1'b0;

`ifndef YOSYS  // which reads this for proofs, and has no simulation to end
  initial
    if (!MODE_8x8 || NEG_TRIGGER || TOPOUTPUT_SELECT != SELECT_PRODUCT || BOTOUTPUT_SELECT != SELECT_PRODUCT) begin
      $display("SB_MAC16: these parameters are not modelled");
      $finish;
    end
`endif
endmodule
`endif
