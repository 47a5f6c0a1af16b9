// A registered product of two signed numbers on an ECP5, made of logic where a design has more multiplier blocks than
// the FPGA. Two bits of B make a row of the product with one carry chain: in each of its cells, one bit of A if the
// lower one is set, plus the bit of A below if the upper one is. Both are the same when the cell does not propagate,
// so the first pair of a cell's inputs tells what it generates. The highest bit of B counts negative. Rows are added
// in pairs before the pipeline register, those sums behind it.
module celosia_block_product #(
    parameter A_BITS = 8,
    parameter B_BITS = 8,
    parameter HAS_INPUT = 1,  // registers of operands, pipeline and output
    parameter HAS_PIPELINE = 1,
    parameter HAS_OUTPUT = 1
) (
    input clk,
    input [A_BITS-1:0] a,
    input [B_BITS-1:0] b,
    output [A_BITS+B_BITS-1:0] product
);
  localparam ROWS = (B_BITS + 1) / 2;
  localparam PAIRS = (ROWS + 1) / 2;
  localparam ROW_BITS = A_BITS + 2;
  localparam CELLS = (ROW_BITS + 1) / 2;
  localparam PRODUCT_BITS = A_BITS + B_BITS;
  localparam PAIR_BITS = ROW_BITS + 2;
  localparam NOTHING = 16'h0000;
  localparam CARRY_OF_A = 16'h000A;
  localparam PLUS = 16'h7888;  // A & B plus C & D
  localparam MINUS = 16'h8878;  // A & B plus C & ~D

  reg [A_BITS-1:0] a_held;
  reg [B_BITS-1:0] b_held;
  always @(posedge clk) {a_held, b_held} <= {a, b};
  wire [A_BITS-1:0] a_used = HAS_INPUT ? a_held : a;
  wire [B_BITS-1:0] b_used = HAS_INPUT ? b_held : b;
  wire [2*ROWS-1:0] bits = {b_used[B_BITS-1], b_used};

  // In both, bit 0 stands for the carry into bit 1 of the row, whose own bit 0 is not in the chain.
  wire [2*CELLS-1:0] same = {{4{a_used[A_BITS-1]}}, a_used};
  wire [2*CELLS-1:0] below = {{4{a_used[A_BITS-1]}}, a_used, 1'b0};
  wire [2*PAIRS*ROW_BITS-1:0] rows;
  genvar row, step;
  generate
    for (row = 0; row < 2 * PAIRS; row = row + 1) begin : rows_of_bits
      if (row >= ROWS) assign rows[row*ROW_BITS+:ROW_BITS] = 0;
      else begin : chain
        localparam ADD = row == ROWS - 1 ? MINUS : PLUS;
        localparam FIRST = row == ROWS - 1 ? CARRY_OF_A : NOTHING;
        wire low = bits[2*row];
        wire high = bits[2*row+1];
        wire [2*CELLS-1:0] sums;
        wire [CELLS:0] carries;
        for (step = 0; step < CELLS; step = step + 1) begin : steps
          if (step == 0)
            CCU2C #(.INIT0(FIRST), .INIT1(ADD), .INJECT1_0("NO"), .INJECT1_1("NO")) sum (
              .A0(high), .B0(1'b1), .C0(1'b1), .D0(1'b1), .A1(same[1]), .B1(low), .C1(high), .D1(below[1]),
              .S0(), .S1(sums[1]), .COUT(carries[1])
            );
          else
            CCU2C #(.INIT0(ADD), .INIT1(ADD), .INJECT1_0("NO"), .INJECT1_1("NO")) sum (
              .CIN(carries[step]), .A0(same[2*step]), .B0(low), .C0(high), .D0(below[2*step]),
              .A1(same[2*step+1]), .B1(low), .C1(high), .D1(below[2*step+1]),
              .S0(sums[2*step]), .S1(sums[2*step+1]), .COUT(carries[step+1])
            );
        end
        assign rows[row*ROW_BITS+:ROW_BITS] = {sums[ROW_BITS-1:1], same[0] & low};
      end
    end
  endgenerate

  wire [PAIRS*PAIR_BITS-1:0] pairs_now;
  reg [PAIRS*PAIR_BITS-1:0] pairs_held;
  genvar pair;
  generate
    for (pair = 0; pair < PAIRS; pair = pair + 1) begin : sums_of_rows
      wire signed [ROW_BITS-1:0] lower = rows[2*pair*ROW_BITS+:ROW_BITS];
      wire signed [ROW_BITS-1:0] upper = rows[(2*pair+1)*ROW_BITS+:ROW_BITS];
      // What lies below the upper row is done.
      wire signed [ROW_BITS-1:0] sum = upper + (lower >>> 2);
      assign pairs_now[pair*PAIR_BITS+:PAIR_BITS] = {sum, lower[1:0]};
    end
  endgenerate
  always @(posedge clk) pairs_held <= pairs_now;
  wire [PAIRS*PAIR_BITS-1:0] pairs = HAS_PIPELINE ? pairs_held : pairs_now;

  reg signed [PRODUCT_BITS-1:0] product_now;
  reg [PRODUCT_BITS-1:0] product_held;
  integer index;
  always @* begin
    product_now = 0;
    for (index = 0; index < PAIRS; index = index + 1)
      product_now = product_now + ($signed(pairs[index*PAIR_BITS+:PAIR_BITS]) <<< 4 * index);
  end
  always @(posedge clk) product_held <= product_now;
  assign product = HAS_OUTPUT ? product_held : product_now;
endmodule
