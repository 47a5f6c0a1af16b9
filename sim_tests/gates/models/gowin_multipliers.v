// Simulation models of the larger multipliers of Gowin's GW1N and GW2A (DSP user guide UG287).
//
// Registers, which yosys does not use, shift chains and the asynchronous reset are not modelled; a design that uses them
// ends the simulation at once.
module MULT18X18 (
    input [17:0] A, B, SIA, SIB,
    input ASIGN, BSIGN, ASEL, BSEL, CE, CLK, RESET,
    output [35:0] DOUT,
    output [17:0] SOA, SOB
);
  parameter AREG = 1'b0;
  parameter BREG = 1'b0;
  parameter OUT_REG = 1'b0;
  parameter PIPE_REG = 1'b0;
  parameter ASIGN_REG = 1'b0;
  parameter BSIGN_REG = 1'b0;
  parameter SOA_REG = 1'b0;
  parameter MULT_RESET_MODE = "SYNC";

  wire signed [18:0] a = {ASIGN & A[17], A};
  wire signed [18:0] b = {BSIGN & B[17], B};
  wire signed [35:0] product = a * b;
  assign DOUT = product;
  assign SOA = A;
  assign SOB = B;

`ifndef YOSYS  // which reads this for proofs, and has no simulation to end
  initial
    if (ASEL || BSEL || AREG || BREG || OUT_REG || PIPE_REG || ASIGN_REG || BSIGN_REG || SOA_REG)
      $fatal(1, "this mode of MULT18X18 is not modelled");
`endif
endmodule
module MULT36X36 (
    input [35:0] A, B,
    input ASIGN, BSIGN, CE, CLK, RESET,
    output [71:0] DOUT
);
  parameter AREG = 1'b0;
  parameter BREG = 1'b0;
  parameter OUT0_REG = 1'b0;
  parameter OUT1_REG = 1'b0;
  parameter PIPE_REG = 1'b0;
  parameter ASIGN_REG = 1'b0;
  parameter BSIGN_REG = 1'b0;
  parameter MULT_RESET_MODE = "SYNC";

  wire signed [36:0] a = {ASIGN & A[35], A};
  wire signed [36:0] b = {BSIGN & B[35], B};
  wire signed [71:0] product = a * b;
  assign DOUT = product;

`ifndef YOSYS  // which reads this for proofs, and has no simulation to end
  initial
    if (AREG || BREG || OUT0_REG || OUT1_REG || PIPE_REG || ASIGN_REG || BSIGN_REG)
      $fatal(1, "this mode of MULT36X36 is not modelled");
`endif
endmodule
