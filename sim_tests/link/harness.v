`timescale 1ns / 1ps

// Sends the bytes of a file to a design and records what it answers, with stalls on both sides.
//
// +requests=FILE   the bytes
// +responses=FILE  the answers, as hexadecimal digits
//
// +sizes=FILE      bytes of each region of the address map, in hexadecimal
//
// Fails if a byte is neither taken nor answered for WATCHDOG cycles, or if the host port is asked for an address that no
// memory has. Ends when the design has been silent for WATCHDOG cycles after the last byte.
module fuzz_harness #(
    parameter WATCHDOG = 5000,
    parameter REGIONS  = 16
) (
    output reg finished
);
  reg clk = 0;
  reg rst = 1;
  always #5 clk = ~clk;

  reg request_valid = 0;
  reg [7:0] request;
  wire request_ready;
  reg response_ready = 0;
  wire response_valid;
  wire [7:0] response;
  wire host_taken;
  wire [31:0] host_address;

  fuzzed fuzzed (
      .clk(clk),
      .rst(rst),
      .requests__valid(request_valid),
      .requests__ready(request_ready),
      .requests__payload(request),
      .responses__valid(response_valid),
      .responses__ready(response_ready),
      .responses__payload(response),
      .host_taken(host_taken),
      .host_address(host_address)
  );

  integer requests, responses, value;
  reg [8*4096-1:0] path;
  reg [31:0] idle = 0;
  reg ended = 0;
  reg [28:0] sizes[0:REGIONS-1];
  reg [8*4096-1:0] sizes_path;

  initial begin
    finished = 0;
    if (!$value$plusargs("requests=%s", path)) $fatal(1, "+requests is missing");
    requests = $fopen(path, "rb");
    if (!$value$plusargs("responses=%s", path)) $fatal(1, "+responses is missing");
    responses = $fopen(path, "w");
    if (!$value$plusargs("sizes=%s", sizes_path)) $fatal(1, "+sizes is missing");
    $readmemh(sizes_path, sizes);
    @(negedge clk);
    @(negedge clk);
    rst = 0;
  end

  always @(posedge clk)
    if (!rst && !finished) begin
      idle <= idle + 1;
      response_ready <= ($urandom & 7) != 0;
      if (response_valid && response_ready) begin
        $fwrite(responses, "%02x", response);
        idle <= 0;
      end
      if (request_valid && request_ready) begin
        request_valid <= 0;
        idle <= 0;
      end
      if ((!request_valid || request_ready) && !ended && ($urandom & 15) != 0) begin
        value = $fgetc(requests);
        if (value == -1) ended <= 1;
        else begin
          request <= value;
          request_valid <= 1;
        end
      end
      if (host_taken && host_address[27:0] >= sizes[host_address[31:28]])
        $fatal(1, "the link reached for %x", host_address);
      if (idle == WATCHDOG) begin
        if (!ended || request_valid) $fatal(1, "the link hangs");
        $fclose(responses);
        finished <= 1;
      end
    end
endmodule
