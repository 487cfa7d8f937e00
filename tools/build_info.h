// What this build was made from.

#ifndef LOCKSTEP_TOOLS_BUILD_INFO_H_
#define LOCKSTEP_TOOLS_BUILD_INFO_H_

namespace lockstep {

// The git revision, with "-dirty" if files had been changed; "unknown" outside
// a checkout.
const char* GitRevision();

}  // namespace lockstep

#endif  // LOCKSTEP_TOOLS_BUILD_INFO_H_
