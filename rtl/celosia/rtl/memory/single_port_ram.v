// One port, one clock: a cycle reads or writes one word, or does nothing. read_data follows address one clock edge
// later and holds until the next read or write. DEPTH need not be a power of two: beyond it, reads return anything
// and writes are ignored. Some FPGAs have large RAM blocks of this kind, which cannot hold anything from the start.
module celosia_single_port_ram #(
    parameter WIDTH = 8,
    parameter DEPTH = 2,
    parameter ADDRESS_WIDTH = 1
) (
    input clk,
    input [ADDRESS_WIDTH-1:0] address,
    input enable,
    input write,
    input [WIDTH-1:0] write_data,
    output reg [WIDTH-1:0] read_data
);
  (* celosia_single_port *)
  reg [WIDTH-1:0] words [0:DEPTH-1];

  always @(posedge clk)
    if (enable) begin
      if (write) begin
        words[address] <= write_data;
`ifndef SYNTHESIS
        read_data <= ~read_data;  // Nobody may rely on what hardware may not give.
`endif
      end else read_data <= words[address];
    end

`ifndef SYNTHESIS
  // Hardware wakes up with anything in its memories; simulations start from zero, so that runs agree.
  integer index;
  initial begin
    read_data = 0;
    for (index = 0; index < DEPTH; index = index + 1) words[index] = 0;
  end
`endif
endmodule
