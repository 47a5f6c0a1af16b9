// One read port, one write port, one clock. A read in the cycle of a write to the same word returns the old
// one, if READ_OLD; otherwise what is being written of it reads as anything, which spares the registers and
// comparisons that most block RAMs need for that.
//
// read_data follows read_address one clock edge later and holds while read_enable is low. Bit i of
// write_enable writes bits i * GRANULARITY and up. DEPTH need not be a power of two: beyond it, reads
// return anything and writes are ignored.
module celosia_ram #(
    parameter WIDTH = 8,
    parameter DEPTH = 2,
    parameter ADDRESS_WIDTH = 1,
    parameter GRANULARITY = 8,
    parameter READ_OLD = 1,
    parameter CONTENTS = ""  // a file of hexadecimal words, the first one at address 0; none if empty
) (
    input clk,
    input [ADDRESS_WIDTH-1:0] read_address,
    input read_enable,
    output reg [WIDTH-1:0] read_data,
    input [ADDRESS_WIDTH-1:0] write_address,
    input [WIDTH-1:0] write_data,
    input [WIDTH/GRANULARITY-1:0] write_enable
);
`ifdef SYNTHESIS
  (* no_rw_check = !READ_OLD *)
`endif
  reg [WIDTH-1:0] words [0:DEPTH-1];

  generate
    if (CONTENTS != "") initial $readmemh(CONTENTS, words);
  endgenerate

  integer part, group;
`ifdef SYNTHESIS
  always @(posedge clk)
    if (read_enable) read_data <= words[read_address];

  always @(posedge clk)
    for (group = 0; group < WIDTH / GRANULARITY; group = group + 1)
      if (write_enable[group])
        words[write_address][group*GRANULARITY +: GRANULARITY] <= write_data[group*GRANULARITY +: GRANULARITY];
`else
  // Nobody may rely on what hardware may not give.
  wire lost = !READ_OLD && |write_enable && read_address == write_address;

  // The read comes before the write, which then need not wait for the end of the time step: a simulator would remember
  // each group's until then.
  always @(posedge clk) begin
    if (read_enable) begin
      read_data <= words[read_address];
      if (lost) for (part = 0; part < WIDTH / GRANULARITY; part = part + 1)
        if (write_enable[part])
          read_data[part*GRANULARITY +: GRANULARITY] <= ~words[read_address][part*GRANULARITY +: GRANULARITY];
    end
    if (|write_enable) for (group = 0; group < WIDTH / GRANULARITY; group = group + 1)
      if (write_enable[group])
        words[write_address][group*GRANULARITY +: GRANULARITY] = write_data[group*GRANULARITY +: GRANULARITY];
  end

  // Hardware wakes up with anything in its memories; simulations start from zero, so that runs agree.
  integer index;
  initial begin
    read_data = 0;
    if (CONTENTS == "") for (index = 0; index < DEPTH; index = index + 1) words[index] = 0;
  end
`endif
endmodule
