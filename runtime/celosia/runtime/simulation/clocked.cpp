// The main program of a simulator that drives its design's clock itself.
//
// A clock that cocotb drives costs two callbacks a cycle, one in the Verilog two waits in Verilator's scheduler:
// either takes longer than a small design. Here nothing comes between two cycles unless somebody waits for it:
// cocotb is called when a signal changes that it watches, or a time comes that it asked for, and from then on in
// every time step until one in which it has nothing to do.
//
// CELOSIA_CLOCK is the name of the top module's clock input. --trace-file FILE records waveforms.
#include "Vtop.h"
#include "verilated.h"
#include "verilated_vpi.h"

#include <cstdint>
#include <cstring>
#include <memory>

#if VM_TRACE_FST
#include "verilated_fst_c.h"
using Trace = VerilatedFstC;
#elif VM_TRACE_VCD
#include "verilated_vcd_c.h"
using Trace = VerilatedVcdC;
#endif

// Of cocotb: starts the Python interpreter and registers the first callbacks.
extern "C" void vlog_startup_routines_bootstrap();

namespace {

constexpr uint64_t half_period = 5000;  // picoseconds, the design's unit of time

class Simulator {
 public:
  explicit Simulator(const char* trace_file) {
    Verilated::fatalOnVpiError(false);  // cocotb asks for what may not exist
#if VM_TRACE
    if (trace_file) {
      Verilated::traceEverOn(true);
      trace_ = std::make_unique<Trace>();
      top_.trace(trace_.get(), 99);
      trace_->open(trace_file);
    }
#else
    static_cast<void>(trace_file);
#endif
  }

  void run() {
    vlog_startup_routines_bootstrap();
    VerilatedVpi::callCbs(cbStartOfSimulation);
    step();
    while (!Verilated::gotFinish()) {
      const uint64_t asked = VerilatedVpi::cbNextDeadline();
      if (busy_ || asked <= edge_) {
        advance(asked < edge_ ? asked : edge_);
        busy_ = false;
        call(cbNextSimTime);
        VerilatedVpi::callTimedCbs();
        step();
      } else {
        advance(edge_);
        top_.eval();
        if (VL_UNLIKELY(VerilatedVpi::callValueCbs())) {
          step();
          busy_ = true;
        } else {
          dump();
        }
      }
    }
    top_.final();
    VerilatedVpi::callCbs(cbEndOfSimulation);
#if VM_TRACE
    if (trace_) trace_->close();
#endif
  }

 private:
  // Goes on to `time`, with a clock edge if it is due then.
  void advance(uint64_t time) {
    Verilated::time(time);
    if (time == edge_) {
      top_.CELOSIA_CLOCK = !top_.CELOSIA_CLOCK;
      edge_ += half_period;
    }
  }

  // Calls those that asked for it at this point of a time step.
  void call(uint32_t reason) { busy_ |= VerilatedVpi::callCbs(reason); }

  // Calls those that watch signals that have changed.
  void call_watchers() {
    while (VerilatedVpi::callValueCbs()) busy_ = true;
  }

  // A whole time step, with all that cocotb may ask for.
  void step() {
    call_watchers();
    do {
      do {
        top_.eval();
        VerilatedVpi::clearEvalNeeded();
        VerilatedVpi::doInertialPuts();
        call_watchers();
      } while (VerilatedVpi::evalNeeded());
      call(cbReadWriteSynch);
      VerilatedVpi::doInertialPuts();
      call_watchers();
    } while (VerilatedVpi::evalNeeded());
    call(cbReadOnlySynch);
    dump();
  }

  void dump() {
#if VM_TRACE
    if (trace_) trace_->dump(Verilated::time());
#endif
  }

  Vtop top_{""};  // without a name, so that paths begin with the top module's
  uint64_t edge_ = half_period;
  bool busy_ = true;  // cocotb may have asked for something in the next time step
#if VM_TRACE
  std::unique_ptr<Trace> trace_;
#endif
};

}  // namespace

int main(int argc, char** argv) {
  Verilated::commandArgs(argc, argv);
  const char* trace_file = nullptr;
  for (int index = 1; index + 1 < argc; ++index)
    if (std::strcmp(argv[index], "--trace-file") == 0) trace_file = argv[index + 1];
  Simulator simulator{trace_file};
  simulator.run();
  return Verilated::threadContextp()->errorCount() > 0;
}
