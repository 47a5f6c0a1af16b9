// Simulation model of the 18 x 18 multiplier of Lattice's ECP5 (sysDSP usage guide, technical note TN1267): operand,
// pipeline and output registers, each absent ("NONE") or on CLK0 with CE0 and synchronous RST0.
//
// Shift chains, operand C and the other clocks, enables and resets are not modelled; a design that sets them ends the
// simulation at once.
`ifndef SYNTHESIS
module MULT18X18D (
    input A17, A16, A15, A14, A13, A12, A11, A10, A9, A8, A7, A6, A5, A4, A3, A2, A1, A0,
    input B17, B16, B15, B14, B13, B12, B11, B10, B9, B8, B7, B6, B5, B4, B3, B2, B1, B0,
    input C17, C16, C15, C14, C13, C12, C11, C10, C9, C8, C7, C6, C5, C4, C3, C2, C1, C0,
    input SRIA17, SRIA16, SRIA15, SRIA14, SRIA13, SRIA12, SRIA11, SRIA10, SRIA9, SRIA8, SRIA7, SRIA6, SRIA5,
        SRIA4, SRIA3, SRIA2, SRIA1, SRIA0,
    input SRIB17, SRIB16, SRIB15, SRIB14, SRIB13, SRIB12, SRIB11, SRIB10, SRIB9, SRIB8, SRIB7, SRIB6, SRIB5,
        SRIB4, SRIB3, SRIB2, SRIB1, SRIB0,
    input SIGNEDA, SIGNEDB, SOURCEA, SOURCEB,
    input CLK3, CLK2, CLK1, CLK0, CE3, CE2, CE1, CE0, RST3, RST2, RST1, RST0,
    output SROA17, SROA16, SROA15, SROA14, SROA13, SROA12, SROA11, SROA10, SROA9, SROA8, SROA7, SROA6, SROA5,
        SROA4, SROA3, SROA2, SROA1, SROA0,
    output SROB17, SROB16, SROB15, SROB14, SROB13, SROB12, SROB11, SROB10, SROB9, SROB8, SROB7, SROB6, SROB5,
        SROB4, SROB3, SROB2, SROB1, SROB0,
    output ROA17, ROA16, ROA15, ROA14, ROA13, ROA12, ROA11, ROA10, ROA9, ROA8, ROA7, ROA6, ROA5, ROA4, ROA3, ROA2,
        ROA1, ROA0,
    output ROB17, ROB16, ROB15, ROB14, ROB13, ROB12, ROB11, ROB10, ROB9, ROB8, ROB7, ROB6, ROB5, ROB4, ROB3, ROB2,
        ROB1, ROB0,
    output ROC17, ROC16, ROC15, ROC14, ROC13, ROC12, ROC11, ROC10, ROC9, ROC8, ROC7, ROC6, ROC5, ROC4, ROC3, ROC2,
        ROC1, ROC0,
    output P35, P34, P33, P32, P31, P30, P29, P28, P27, P26, P25, P24, P23, P22, P21, P20, P19, P18, P17, P16, P15,
        P14, P13, P12, P11, P10, P9, P8, P7, P6, P5, P4, P3, P2, P1, P0,
    output SIGNEDP
);
  parameter REG_INPUTA_CLK = "NONE";
  parameter REG_INPUTA_CE = "CE0";
  parameter REG_INPUTA_RST = "RST0";
  parameter REG_INPUTB_CLK = "NONE";
  parameter REG_INPUTB_CE = "CE0";
  parameter REG_INPUTB_RST = "RST0";
  parameter REG_INPUTC_CLK = "NONE";
  parameter REG_INPUTC_CE = "CE0";
  parameter REG_INPUTC_RST = "RST0";
  parameter REG_PIPELINE_CLK = "NONE";
  parameter REG_PIPELINE_CE = "CE0";
  parameter REG_PIPELINE_RST = "RST0";
  parameter REG_OUTPUT_CLK = "NONE";
  parameter REG_OUTPUT_CE = "CE0";
  parameter REG_OUTPUT_RST = "RST0";
  parameter CLK0_DIV = "ENABLED";
  parameter CLK1_DIV = "ENABLED";
  parameter CLK2_DIV = "ENABLED";
  parameter CLK3_DIV = "ENABLED";
  parameter HIGHSPEED_CLK = "NONE";
  parameter GSR = "ENABLED";
  parameter CAS_MATCH_REG = "FALSE";
  parameter SOURCEB_MODE = "B_SHIFT";
  parameter MULT_BYPASS = "DISABLED";
  parameter RESETMODE = "SYNC";

  localparam A_IS_HELD = REG_INPUTA_CLK != "NONE";
  localparam B_IS_HELD = REG_INPUTB_CLK != "NONE";
  localparam PRODUCT_IS_HELD = REG_PIPELINE_CLK != "NONE";
  localparam RESULT_IS_HELD = REG_OUTPUT_CLK != "NONE";
  localparam IS_MODELLED =
      (!A_IS_HELD || (REG_INPUTA_CLK == "CLK0" && REG_INPUTA_CE == "CE0" && REG_INPUTA_RST == "RST0")) &&
      (!B_IS_HELD || (REG_INPUTB_CLK == "CLK0" && REG_INPUTB_CE == "CE0" && REG_INPUTB_RST == "RST0")) &&
      (!PRODUCT_IS_HELD || (REG_PIPELINE_CLK == "CLK0" && REG_PIPELINE_CE == "CE0" && REG_PIPELINE_RST == "RST0")) &&
      (!RESULT_IS_HELD || (REG_OUTPUT_CLK == "CLK0" && REG_OUTPUT_CE == "CE0" && REG_OUTPUT_RST == "RST0")) &&
      MULT_BYPASS == "DISABLED" && RESETMODE == "SYNC";

  wire [17:0] a = {A17, A16, A15, A14, A13, A12, A11, A10, A9, A8, A7, A6, A5, A4, A3, A2, A1, A0};
  wire [17:0] b = {B17, B16, B15, B14, B13, B12, B11, B10, B9, B8, B7, B6, B5, B4, B3, B2, B1, B0};
  // The sign inputs are registered with their operands.
  wire signed [18:0] a_now = {SIGNEDA & a[17], a};
  wire signed [18:0] b_now = {SIGNEDB & b[17], b};
  reg signed [18:0] a_held = 0;
  reg signed [18:0] b_held = 0;
  reg signed [35:0] product_held = 0;
  reg signed [35:0] result_held = 0;

  wire signed [18:0] a_used = A_IS_HELD ? a_held : a_now;
  wire signed [18:0] b_used = B_IS_HELD ? b_held : b_now;
  wire signed [35:0] product = a_used * b_used;
  wire signed [35:0] product_used = PRODUCT_IS_HELD ? product_held : product;
  wire signed [35:0] result = RESULT_IS_HELD ? result_held : product_used;

  always @(posedge CLK0)
    if (RST0) begin
      a_held <= 0;
      b_held <= 0;
      product_held <= 0;
      result_held <= 0;
    end else if (CE0) begin
      a_held <= a_now;
      b_held <= b_now;
      product_held <= product;
      result_held <= product_used;
    end

`ifndef YOSYS  // which reads this for proofs, and has no simulation to end
  initial
    if (!IS_MODELLED || SOURCEA || SOURCEB) begin
      $display("MULT18X18D: these parameters are not modelled");
      $finish;
    end
`endif

  assign {P35, P34, P33, P32, P31, P30, P29, P28, P27, P26, P25, P24, P23, P22, P21, P20, P19, P18, P17, P16, P15,
      P14, P13, P12, P11, P10, P9, P8, P7, P6, P5, P4, P3, P2, P1, P0} = result;
  assign SIGNEDP = SIGNEDA | SIGNEDB;
  assign {SROA17, SROA16, SROA15, SROA14, SROA13, SROA12, SROA11, SROA10, SROA9, SROA8, SROA7, SROA6, SROA5,
      SROA4, SROA3, SROA2, SROA1, SROA0} = a_used[17:0];
  assign {SROB17, SROB16, SROB15, SROB14, SROB13, SROB12, SROB11, SROB10, SROB9, SROB8, SROB7, SROB6, SROB5,
      SROB4, SROB3, SROB2, SROB1, SROB0} = b_used[17:0];
  assign {ROA17, ROA16, ROA15, ROA14, ROA13, ROA12, ROA11, ROA10, ROA9, ROA8, ROA7, ROA6, ROA5, ROA4, ROA3, ROA2,
      ROA1, ROA0} = a_used[17:0];
  assign {ROB17, ROB16, ROB15, ROB14, ROB13, ROB12, ROB11, ROB10, ROB9, ROB8, ROB7, ROB6, ROB5, ROB4, ROB3, ROB2,
      ROB1, ROB0} = b_used[17:0];
  assign {ROC17, ROC16, ROC15, ROC14, ROC13, ROC12, ROC11, ROC10, ROC9, ROC8, ROC7, ROC6, ROC5, ROC4, ROC3, ROC2,
      ROC1, ROC0} = 18'd0;
endmodule
`endif
