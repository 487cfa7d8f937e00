// Where connections wait until they have said who they are.
//
// A guest has kHelloTime to say a hello with the run's nonce. Who says anything
// else, or nothing, is dropped without a word. There is room for every rank and
// kSpareGuests strangers; when it is full the oldest goes, because a rank says
// hello at once. Nothing blocks. Not for several threads.

#ifndef LOCKSTEP_TRAIN_LIFELINE_RECEPTION_H_
#define LOCKSTEP_TRAIN_LIFELINE_RECEPTION_H_

#include <poll.h>

#include <chrono>
#include <list>
#include <string>
#include <vector>

#include "train/lifeline/connection.h"

namespace lockstep {

inline constexpr std::chrono::milliseconds kHelloTime(5000);
inline constexpr size_t kSpareGuests = 64;

// A connection that knows the nonce.
struct Arrival {
  RankIdentity who;  // as it says
  Connection connection;
  std::vector<Message> more;  // that came after the hello
  Connection::State state = Connection::State::kOpen;
};

class Reception {
 public:
  Reception(Fd listener, int world_size, std::string nonce,
            std::chrono::milliseconds link_timeout);

  int port() const { return LocalPort(listener_); }

  // What to wait for, appended; the same part goes to Serve() after poll().
  void AddTo(std::vector<pollfd>* fds) const;

  // Takes in what has come.
  std::vector<Arrival> Serve(const pollfd* fds);

  // Drops who has waited too long. To be called every now and then.
  void DropLate();

 private:
  struct Guest {
    Connection connection;
    std::chrono::steady_clock::time_point until;
  };

  void Accept();
  bool Serve(Guest& guest, std::vector<Arrival>* arrivals) const;

  const Fd listener_;
  const size_t max_guests_;
  const std::string nonce_;
  const std::chrono::milliseconds link_timeout_;
  bool accepting_ = true;
  std::list<Guest> guests_;  // oldest first
};

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_LIFELINE_RECEPTION_H_
