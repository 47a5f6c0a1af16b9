// Simulation model of the 9 x 9 multiplier of Gowin's GW1N and GW2A (DSP user guide UG287): operand, pipeline and
// output registers, each present or absent, with a synchronous reset.
//
// Shift chains and the asynchronous reset are not modelled; a design that uses them ends the simulation at once.
`ifndef SYNTHESIS
module MULT9X9 (
    input [8:0] A, SIA, B, SIB,
    input ASIGN, BSIGN, ASEL, BSEL, CE, CLK, RESET,
    output [17:0] DOUT,
    output [8:0] SOA, SOB
);
  parameter AREG = 1'b0;
  parameter BREG = 1'b0;
  parameter OUT_REG = 1'b0;
  parameter PIPE_REG = 1'b0;
  parameter ASIGN_REG = 1'b0;
  parameter BSIGN_REG = 1'b0;
  parameter SOA_REG = 1'b0;
  parameter MULT_RESET_MODE = "SYNC";

  reg [8:0] a_held = 0;
  reg [8:0] b_held = 0;
  reg a_sign_held = 0;
  reg b_sign_held = 0;
  reg signed [17:0] product_held = 0;
  reg signed [17:0] result_held = 0;

  wire [8:0] a = AREG ? a_held : A;
  wire [8:0] b = BREG ? b_held : B;
  wire signed [9:0] a_used = {(ASIGN_REG ? a_sign_held : ASIGN) & a[8], a};
  wire signed [9:0] b_used = {(BSIGN_REG ? b_sign_held : BSIGN) & b[8], b};
  wire signed [17:0] product = a_used * b_used;
  wire signed [17:0] product_used = PIPE_REG ? product_held : product;

  always @(posedge CLK)
    if (RESET) begin
      a_held <= 0;
      b_held <= 0;
      a_sign_held <= 0;
      b_sign_held <= 0;
      product_held <= 0;
      result_held <= 0;
    end else if (CE) begin
      a_held <= A;
      b_held <= B;
      a_sign_held <= ASIGN;
      b_sign_held <= BSIGN;
      product_held <= product;
      result_held <= product_used;
    end

  assign DOUT = OUT_REG ? result_held : product_used;
  assign SOA = a;
  assign SOB = b;

`ifndef YOSYS  // which reads this for proofs, and has no simulation to end
  initial
    if (ASEL || BSEL || MULT_RESET_MODE != "SYNC") begin
      $display("MULT9X9: these parameters are not modelled");
      $finish;
    end
`endif
endmodule
`endif
