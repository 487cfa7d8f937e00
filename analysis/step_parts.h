// Where one step's time goes.

#ifndef LOCKSTEP_ANALYSIS_STEP_PARTS_H_
#define LOCKSTEP_ANALYSIS_STEP_PARTS_H_

namespace lockstep::analysis {

// One step on the median rank, in seconds. Each part is the median over ranks
// of that part; definitions: docs/metrics.md.
struct StepParts {
  double total = 0;
  double data = 0;
  double host_to_device = 0;  // 0 on CPUs
  double forward = 0;
  double backward = 0;
  double exposed = 0;  // communication that nothing hides
  double optimizer = 0;
  double busy = 0;       // union of the collectives' intervals
  double peer_wait = 0;  // waiting for later ranks inside the collectives
  double transfer = 0;   // collectives without waiting: minimum over ranks

  double Compute() const { return forward + backward; }
  // What lies between the parts, so that they always sum to `total`.
  double Other() const {
    return total - data - host_to_device - forward - backward - exposed -
           optimizer;
  }
};

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_STEP_PARTS_H_
