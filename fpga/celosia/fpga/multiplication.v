// A multiplication made of logic: radix-4 Booth recoding of B, and one carry chain a digit. Two bits of B at a time
// add 0, A or 2 A, or subtract them; what lies below a digit's place is done. Yosys's own compressor trees take three
// times as many look-up tables, because they leave carry chains unused.
(* techmap_celltype = "$__celosia_multiplication" *)
module celosia_multiplication (A, B, Y);
  parameter A_SIGNED = 0;
  parameter B_SIGNED = 0;
  parameter A_WIDTH = 1;
  parameter B_WIDTH = 1;
  parameter Y_WIDTH = 1;
  input [A_WIDTH-1:0] A;
  input [B_WIDTH-1:0] B;
  output [Y_WIDTH-1:0] Y;

  localparam DIGITS = (B_WIDTH + (B_SIGNED ? 1 : 2)) / 2;
  localparam ROW_WIDTH = A_WIDTH + 2;
  localparam SUM_WIDTH = Y_WIDTH + 2 * DIGITS;
  wire [ROW_WIDTH-1:0] once = {{2{A_SIGNED ? A[A_WIDTH-1] : 1'b0}}, A};
  wire [ROW_WIDTH-1:0] twice = {once, 1'b0};
  wire [2*DIGITS+1:0] bits = {{2*DIGITS{B_SIGNED ? B[B_WIDTH-1] : 1'b0}}, B, 1'b0};
  wire [SUM_WIDTH-1:0] sums [0:DIGITS];
  assign sums[0] = 0;
  genvar i;
  generate
    for (i = 0; i < DIGITS; i = i + 1) begin: digit
      wire minus = bits[2*i+2];
      wire is_one = bits[2*i] ^ bits[2*i+1];
      wire is_two = ~is_one & (bits[2*i] ^ minus);
      wire [ROW_WIDTH-1:0] size = {ROW_WIDTH{is_one}} & once | {ROW_WIDTH{is_two}} & twice;
      wire [SUM_WIDTH-2*i-1:0] unused_x, unused_carries;
      if (i > 0) assign sums[i+1][2*i-1:0] = sums[i][2*i-1:0];
      \$alu #(
        .A_SIGNED(1), .B_SIGNED(1), .A_WIDTH(SUM_WIDTH - 2*i), .B_WIDTH(ROW_WIDTH), .Y_WIDTH(SUM_WIDTH - 2*i)
      ) sum (
        .A(sums[i][SUM_WIDTH-1:2*i]), .B(size ^ {ROW_WIDTH{minus}}), .CI(minus), .BI(1'b0),
        .X(unused_x), .Y(sums[i+1][SUM_WIDTH-1:2*i]), .CO(unused_carries)
      );
    end
  endgenerate
  assign Y = sums[DIGITS];
endmodule
