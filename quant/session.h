// Runs a packed net on the threads and memory of one user.

#ifndef LOCKSTEP_QUANT_SESSION_H_
#define LOCKSTEP_QUANT_SESSION_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "quant/aligned.h"
#include "quant/packed_net.h"
#include "quant/parallel.h"
#include "quant/reference_engine.h"
#include "quant/thread_team.h"

namespace lockstep::quant {

// All memory is taken when a session is made; Run allocates nothing. One caller
// at a time; a net may have many sessions.
//
// Threads share a call by images, each the whole net for a batch of its own,
// without a meeting between layers (throughput). A call with fewer images than
// threads is shared layer by layer (latency). Logits depend on neither.
class Session {
 public:
  // `net` must outlive the session. parallelism.batch is how many images a
  // thread takes through a layer at once.
  Session(const PackedNet& net, const Parallelism& parallelism);

  // Logits [images][classes] of CIFAR-10's planes [images][3][32][32].
  void Run(const uint8_t* pixels, size_t images, int32_t* logits);

  // Told every value of the graph, [images][height][width][channels]; of a
  // batch of the session at most.
  void RunObserved(const uint8_t* pixels, size_t images, int32_t* logits,
                   const Observer& observer);

 private:
  void RunBatch(const uint8_t* pixels, size_t images, int32_t* logits,
                uint8_t* memory);
  void RunTogether(size_t thread, const uint8_t* pixels, size_t images,
                   int32_t* logits);

  const PackedNet& net_;
  const size_t batch_;
  ThreadTeam team_;
  NetMemory plan_;
  std::vector<AlignedBuffer<uint8_t>> memory_;  // of each thread
};

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_SESSION_H_
