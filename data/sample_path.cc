#include "data/sample_path.h"

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <system_error>

#include "tools/cpp/runfiles/runfiles.h"

namespace lockstep {

std::string SampleDataPath() {
  using bazel::tools::cpp::runfiles::Runfiles;
  std::error_code ignored;
  std::string error;
  std::unique_ptr<Runfiles> runfiles;
  if (std::getenv("TEST_SRCDIR") != nullptr)
    runfiles.reset(Runfiles::CreateForTest(&error));
  if (runfiles == nullptr) {
    const std::string self =
        std::filesystem::read_symlink("/proc/self/exe", ignored);
    runfiles.reset(Runfiles::Create(self, &error));
  }
  if (runfiles == nullptr) return "";
  const std::string file =
      runfiles->Rlocation("lockstep/testdata/cifar10/test_batch.bin");
  return std::filesystem::path(file).parent_path().string();
}

}  // namespace lockstep
