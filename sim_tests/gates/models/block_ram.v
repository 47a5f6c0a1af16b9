// What the 18 Kbit block RAMs of Lattice's ECP5 and Gowin's GW1N and GW2A have in common: two ports, each 1, 2, 4, 9,
// 18 or 36 bits wide.
//
// An address counts bits of data: 8 of them, and a ninth that only ports of 9 bits and more see, make a lane. Where a
// port is 18 or 36 bits wide, its lowest address bits enable its lanes for writing.
//
// What a port reads while the other writes it, the data sheets leave open; here it is the inverse of the old contents,
// because nobody may rely on it.
module celosia_block_ram #(
    parameter WIDTH_A = 18,
    parameter WIDTH_B = 18,
    parameter MODE_A = 0,
    parameter MODE_B = 0,
    parameter HOLD_A = 0,
    parameter HOLD_B = 0,
    parameter [2048*9-1:0] CONTENTS = 0
) (
    input clk_a, enable_a, write_a, reset_a, hold_a,
    input [13:0] address_a,
    input [35:0] data_a,
    output [35:0] result_a,
    input clk_b, enable_b, write_b, reset_b, hold_b,
    input [13:0] address_b,
    input [35:0] data_b,
    output [35:0] result_b
);
  // What a port shows after a write: what it showed before, what it wrote, or what was there.
  localparam NORMAL = 0, WRITE_THROUGH = 1, READ_BEFORE_WRITE = 2;

  reg [8:0] lanes[0:2047];
  integer index;
  initial for (index = 0; index < 2048; index = index + 1) lanes[index] = CONTENTS[index*9+:9];

  // The bits of a lane that an access reaches.
  function automatic [8:0] reached(input integer width, input [13:0] at, input [10:0] lane, input writes);
    case (width)
      1: reached = lane == at[13:3] ? 9'h001 << at[2:0] : 9'h000;
      2: reached = lane == at[13:3] ? 9'h003 << {at[2:1], 1'b0} : 9'h000;
      4: reached = lane == at[13:3] ? 9'h00f << {at[2], 2'b00} : 9'h000;
      9: reached = lane == at[13:3] ? 9'h1ff : 9'h000;
      18: reached = lane[10:1] == at[13:4] && (!writes || at[lane[0]]) ? 9'h1ff : 9'h000;
      default: reached = lane[10:2] == at[13:5] && (!writes || at[lane[1:0]]) ? 9'h1ff : 9'h000;
    endcase
  endfunction

  // The first of the four lanes, aligned, among which an access is; where its word begins in them.
  function automatic [10:0] first(input [13:0] at);
    first = {at[13:5], 2'b00};
  endfunction

  function automatic integer place(input integer width, input [13:0] at);
    case (width)
      1: place = 9 * at[4:3] + at[2:0];
      2: place = 9 * at[4:3] + {at[2:1], 1'b0};
      4: place = 9 * at[4:3] + {at[2], 2'b00};
      9: place = 9 * at[4:3];
      18: place = 18 * at[4];
      default: place = 0;
    endcase
  endfunction

  // What a port reads while the other one accesses the memory.
  function automatic [35:0] word(
      input integer width, input [13:0] at, input integer other_width, input [13:0] other_at, input other_writes
  );
    integer lane;
    reg [10:0] number;
    reg [35:0] four;
    begin
      for (lane = 0; lane < 4; lane = lane + 1) begin
        number = first(at) + lane[10:0];
        four[lane*9+:9] = lanes[number] ^ (other_writes ? reached(other_width, other_at, number, 1'b1) : 9'h000);
      end
      word = (four >> place(width, at)) & ((37'd1 << width) - 37'd1);
    end
  endfunction

  task automatic store(input integer width, input [13:0] at, input [35:0] value);
    integer lane, bit_of_lane;
    reg [10:0] number;
    reg [8:0] mask;
    reg [35:0] four;
    begin
      four = value << place(width, at);
      for (lane = 0; lane < 4; lane = lane + 1) begin
        number = first(at) + lane[10:0];
        mask = reached(width, at, number, 1'b1);
        // The other port may write other bits of the lane.
        for (bit_of_lane = 0; bit_of_lane < 9; bit_of_lane = bit_of_lane + 1)
          if (mask[bit_of_lane]) lanes[number][bit_of_lane] <= four[lane*9+bit_of_lane];
      end
    end
  endtask

  reg [35:0] read_a = 0, read_b = 0, held_a = 0, held_b = 0;
  wire writes_a = enable_a && write_a, writes_b = enable_b && write_b;

  always @(posedge clk_a) begin
    if (writes_a) store(WIDTH_A, address_a, data_a);
    if (reset_a) read_a <= 0;
    else if (enable_a && (!write_a || MODE_A == READ_BEFORE_WRITE))
      read_a <= word(WIDTH_A, address_a, WIDTH_B, address_b, writes_b);
    else if (enable_a && MODE_A == WRITE_THROUGH) read_a <= data_a;
    if (reset_a) held_a <= 0;
    else if (hold_a) held_a <= read_a;
  end
  always @(posedge clk_b) begin
    if (writes_b) store(WIDTH_B, address_b, data_b);
    if (reset_b) read_b <= 0;
    else if (enable_b && (!write_b || MODE_B == READ_BEFORE_WRITE))
      read_b <= word(WIDTH_B, address_b, WIDTH_A, address_a, writes_a);
    else if (enable_b && MODE_B == WRITE_THROUGH) read_b <= data_b;
    if (reset_b) held_b <= 0;
    else if (hold_b) held_b <= read_b;
  end

  assign result_a = HOLD_A ? held_a : read_a;
  assign result_b = HOLD_B ? held_b : read_b;
endmodule
