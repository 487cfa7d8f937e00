// c10d's key-value store in text, and what its server and clients need of us.

#ifndef LOCKSTEP_TRAIN_LAUNCH_RUN_STORE_H_
#define LOCKSTEP_TRAIN_LAUNCH_RUN_STORE_H_

#include <c10/util/intrusive_ptr.h>

#include <chrono>
#include <string>

#include "train/launch/meeting_place.h"

namespace c10d {
class Store;
}

namespace lockstep {

using StorePtr = c10::intrusive_ptr<c10d::Store>;

// c10d's server prints a warning with its call stack, 15 ms each, for every
// stranger that it refuses: they could fill a disk, and stop it. Its errors,
// with theirs, come as exceptions, too.
void LogNothing();

// Serves a store on `socket`, whose descriptor becomes the store's, and
// connects to it at `address`. Throws what c10d throws; so do all calls below
// that return or take a store.
StorePtr ServeStore(const std::string& address, const ListeningSocket& socket,
                    std::chrono::milliseconds timeout);

// A client of the store there. Waits for ever for a server that accepts and
// says nothing: ask IsStore() first.
StorePtr ConnectToStore(const std::string& address, int port,
                        std::chrono::milliseconds timeout);

// True if a c10d store answers there, each step within `timeout`.
bool IsStore(const std::string& address, int port,
             std::chrono::milliseconds timeout);

// The keys of `store` that begin with `prefix`.
StorePtr Below(const std::string& prefix, const StorePtr& store);

void Set(c10d::Store& store, const std::string& key, const std::string& text);
std::string Get(c10d::Store& store, const std::string& key);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_LAUNCH_RUN_STORE_H_
