// Where the CIFAR-10 sample that comes with the project is at run time.

#ifndef LOCKSTEP_DATA_SAMPLE_PATH_H_
#define LOCKSTEP_DATA_SAMPLE_PATH_H_

#include <string>

namespace lockstep {

// The folder of testdata/cifar10 in this program's Bazel runfiles, found from
// the program's own path, the RUNFILES_* variables or a test's environment. ""
// when the binary was copied away from its runfiles.
std::string SampleDataPath();

}  // namespace lockstep

#endif  // LOCKSTEP_DATA_SAMPLE_PATH_H_
