#include "train/selfcheck/collectives.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"

namespace lockstep {
namespace {

constexpr char kAdvice[] = "; check memory, network and library versions";

// A number type, and the largest n for which it holds all whole numbers to n.
struct NumberType {
  at::ScalarType type;
  const char* name;
  int64_t exact;
};

constexpr NumberType kTypes[] = {
    {at::kFloat, "fp32", int64_t{1} << 24},
    {at::kDouble, "fp64", int64_t{1} << 53},
    {at::kBFloat16, "bf16", 1 << 8},
    {at::kLong, "int64", int64_t{1} << 60},
};

// None, one, a few, no multiple of a vector, and an odd number beyond where
// libraries cut a message in chunks.
constexpr int64_t kSizes[] = {0, 1, 4, 100, (1 << 20) + 3};

// Element i of what `rank` adds; any partial sum is at most `exact`. With more
// ranks than that the last ones add zeros.
at::Tensor Addend(int rank, int world_size, int64_t elements, int64_t exact) {
  const int64_t adding = std::min<int64_t>(world_size, exact);
  if (rank >= adding) return at::zeros({elements}, at::kLong);
  // Odd, and large enough that int64 uses its upper half.
  constexpr int64_t kStride = (int64_t{1} << 38) + 7;
  return at::arange(elements, at::kLong)
      .mul(kStride)
      .add(rank * 97)
      .remainder(exact / adding + 1);
}

// "" or what is wrong with the sum of `elements` numbers on this rank.
absl::StatusOr<std::string> TryAllReduce(Communicator& comm,
                                         const NumberType& number,
                                         int64_t elements) {
  at::Tensor sum = at::zeros({elements}, at::kLong);
  for (int r = 0; r < comm.world_size(); ++r)
    sum.add_(Addend(r, comm.world_size(), elements, number.exact));
  at::Tensor tensor =
      Addend(comm.rank(), comm.world_size(), elements, number.exact)
          .to(number.type);
  const absl::Status status = comm.AllReduceSum(tensor)->Wait();
  if (!status.ok()) return status;
  const int64_t wrong = tensor.ne(sum.to(number.type)).sum().item<int64_t>();
  if (wrong == 0) return std::string();
  return absl::StrCat("the sum of ", elements, " ", number.name, " has ", wrong,
                      " wrong elements", kAdvice);
}

// PASS with `text` if no rank has a problem.
absl::StatusOr<Check> Agree(Communicator& comm, const std::string& name,
                            const std::string& text,
                            const std::string& problem) {
  const auto problems = comm.AllGather(problem);
  if (!problems.ok()) return problems.status();
  return CombineRanks(name, text, *problems);
}

absl::StatusOr<Check> CheckAllReduce(Communicator& comm) {
  std::string first;
  for (const NumberType& number : kTypes) {
    for (const int64_t elements : kSizes) {
      const auto problem = TryAllReduce(comm, number, elements);
      if (!problem.ok()) return problem.status();
      if (first.empty()) first = *problem;
    }
  }
  return Agree(comm, "all-reduce",
               "fp32 fp64 bf16 int64, 0 to 1048579 elements: sums are exact",
               first);
}

// What rank `root` sends.
at::Tensor Sent(int root, at::ScalarType type) {
  return at::arange(1003, at::kLong).mul(7).add(root * 13 + 1).to(type);
}

absl::StatusOr<Check> CheckBroadcast(Communicator& comm) {
  std::string first;
  for (const at::ScalarType type : {at::kFloat, at::kLong}) {
    for (const int root : {0, comm.world_size() - 1}) {
      at::Tensor tensor = Sent(comm.rank(), type);
      const absl::Status status = comm.Broadcast(tensor, root);
      if (!status.ok()) return status;
      if (first.empty() && !at::equal(tensor, Sent(root, type)))
        first =
            absl::StrCat("does not have what rank ", root, " sent", kAdvice);
    }
  }
  return Agree(comm, "broadcast", "from the first and the last rank: exact",
               first);
}

// Of another length on each rank (up to 996); empty on rank 0.
std::string Told(int rank) {
  std::string bytes(rank * 37 % 997, '\0');
  for (size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<char>(i + rank);
  return bytes;
}

absl::StatusOr<Check> CheckAllGather(Communicator& comm) {
  const auto all = comm.AllGather(Told(comm.rank()));
  if (!all.ok()) return all.status();
  std::string problem;
  for (int r = 0; r < comm.world_size() && problem.empty(); ++r)
    if ((*all)[r] != Told(r))
      problem = absl::StrCat("does not have the bytes of rank ", r, kAdvice);
  return Agree(comm, "all-gather", "of unequal lengths: exact", problem);
}

}  // namespace

absl::StatusOr<std::vector<Check>> CheckCollectives(Communicator& comm) {
  std::vector<Check> checks;
  for (const auto check : {CheckAllReduce, CheckBroadcast, CheckAllGather}) {
    auto result = check(comm);
    if (!result.ok()) return result.status();
    checks.push_back(*std::move(result));
  }
  return checks;
}

}  // namespace lockstep
