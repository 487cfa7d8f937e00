#include "analysis/testing_records.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "proto/record_io.h"

namespace lockstep::analysis {
namespace {

int64_t Nanoseconds(double seconds) { return std::llround(seconds * 1e9); }

bool Communicates(const SyntheticRun& run) { return run.world_size > 1; }

double Exposed(const SyntheticRun& run) {
  return Communicates(run) ? ServiceOf(run, run.second_bucket_bytes) : 0;
}

double WaitOf(const SyntheticRun& run, uint32_t rank) {
  return rank + 1 < run.world_size ? run.peer_wait_s : 0;
}

double Scale(const SyntheticRun& run, uint32_t step) {
  return 1 + run.jitter * (static_cast<int>(step % 5) - 2);
}

Record HeaderRecord(const SyntheticRun& run) {
  Record record;
  Header& header = *record.mutable_header();
  header.set_schema_version(1);
  header.set_provenance(MEASURED);
  header.set_run_id(run.id);
  header.mutable_flags()->insert(run.flags.begin(), run.flags.end());
  header.set_launcher("local");
  header.set_world_size(run.world_size);
  for (uint32_t i = 0; i < run.world_size; ++i) {
    Rank& rank = *header.add_ranks();
    rank.set_rank(i);
    rank.set_host(absl::StrCat("node", run.many_hosts ? i : 0));
    if (i > 0) {
      rank.set_clock_offset_ns(run.clock_offset_ns);
      rank.set_clock_error_ns(run.clock_error_ns);
    }
    rank.set_device("cpu");
    rank.set_device_name(run.device_name);
    rank.set_threads(run.threads);
    rank.set_cores(run.cores);
    if (run.cores > 0) rank.set_machine(rank.host());
  }
  header.set_backend(Communicates(run) ? "gloo" : "");
  header.set_link_peak_gb_per_s(run.link_peak_gb_per_s);
  header.set_mechanism(run.mechanism);
  header.set_model(run.model);
  header.set_parameters(1000000);
  header.set_gradient_bytes(run.first_bucket_bytes + run.second_bucket_bytes);
  header.set_gradient_dtype("fp32");
  header.set_precision("fp32");
  header.set_batch_size_per_rank(run.batch);
  header.set_global_batch_size(run.batch * run.world_size);
  header.set_train_images(run.train_images);
  header.set_test_images(1000);
  header.set_last_batch("pad");
  header.set_epochs(run.epochs);
  header.set_measure_epoch(run.measure_epoch);
  header.set_optimizer("sgd");
  return record;
}

// Three repeats each: a tenth shorter, as it is, a tenth longer.
Record BaselineRecord(const SyntheticRun& run) {
  Record record;
  for (const uint64_t bytes :
       {run.first_bucket_bytes, run.second_bucket_bytes,
        run.first_bucket_bytes + run.second_bucket_bytes}) {
    CommBaseline::Row& row = *record.mutable_comm_baseline()->add_rows();
    row.set_bytes(bytes);
    row.set_elements(bytes / 4);
    row.set_type("float");
    const double us = run.baseline_share * ServiceOf(run, bytes) * 1e6;
    row.set_time_median_us(us);
    for (const double factor : {0.9, 1.0, 1.1}) row.add_time_us(factor * us);
  }
  return record;
}

Record PlanRecord(const SyntheticRun& run) {
  Record record;
  BucketPlan& plan = *record.mutable_bucket_plan();
  plan.add_buckets()->set_bytes(run.first_bucket_bytes);
  plan.add_buckets()->set_bytes(run.second_bucket_bytes);
  return record;
}

// The first bucket ends with the backward pass, the second starts there.
void AddBuckets(const SyntheticRun& run, uint32_t rank, double scale,
                RankStep& step) {
  const double boundary =
      run.data_s + run.host_to_device_s + run.forward_s + run.backward_s;
  const double first = ServiceOf(run, run.first_bucket_bytes);
  const double second = ServiceOf(run, run.second_bucket_bytes);
  const double times[][2] = {{boundary - first - WaitOf(run, rank), boundary},
                             {boundary, boundary + second}};
  for (int i = 0; i < 2; ++i) {
    BucketTiming& bucket = *step.add_buckets();
    bucket.set_bucket(i);
    bucket.set_ready_ns(Nanoseconds(scale * times[i][0]));
    bucket.set_start_ns(Nanoseconds(scale * times[i][0]));
    bucket.set_end_ns(Nanoseconds(scale * times[i][1]));
  }
}

Record StepRecord(const SyntheticRun& run, uint32_t epoch, uint32_t number) {
  Record record;
  Step& step = *record.mutable_step();
  step.set_epoch(epoch);
  step.set_step(number);
  step.set_global_step(uint64_t{epoch} * StepsOf(run) + number);
  step.set_images(run.batch * run.world_size);
  const double scale = Scale(run, number);
  const bool first = epoch == 0 && number == 0;
  for (uint32_t i = 0; i < run.world_size; ++i) {
    RankStep& rank = *step.add_ranks();
    rank.set_rank(i);
    rank.set_total_s(scale * StepOf(run) +
                     (first ? run.first_step_extra_s : 0));
    rank.set_data_s(scale * run.data_s);
    rank.set_host_to_device_s(scale * run.host_to_device_s);
    rank.set_forward_s(scale * run.forward_s);
    rank.set_backward_s(scale * run.backward_s);
    rank.set_exposed_comm_s(scale * Exposed(run));
    rank.set_optimizer_s(scale * run.optimizer_s);
    rank.set_begin_ns(Nanoseconds(step.global_step() * StepOf(run)) +
                      (i > 0 ? run.clock_offset_ns : 0));
    if (Communicates(run)) AddBuckets(run, i, scale, rank);
  }
  return record;
}

void AddRankSums(const SyntheticRun& run, uint32_t number, double scales,
                 double extra_s, Epoch& epoch) {
  RankEpoch& rank = *epoch.add_ranks();
  rank.set_rank(number);
  rank.set_total_s(scales * StepOf(run) + extra_s);
  rank.set_data_s(scales * run.data_s);
  rank.set_host_to_device_s(scales * run.host_to_device_s);
  rank.set_forward_s(scales * run.forward_s);
  rank.set_backward_s(scales * run.backward_s);
  rank.set_exposed_comm_s(scales * Exposed(run));
  rank.set_optimizer_s(scales * run.optimizer_s);
  if (!Communicates(run)) return;
  const double service = ServiceOf(run, run.first_bucket_bytes) +
                         ServiceOf(run, run.second_bucket_bytes);
  rank.set_busy_comm_s(scales * (service + WaitOf(run, number)));
  rank.set_service_comm_s(scales * (service + WaitOf(run, number)));
  rank.set_peer_wait_s(scales * WaitOf(run, number));
  epoch.set_transfer_s_sum(scales * service);
}

Record EpochRecord(const SyntheticRun& run, uint32_t number) {
  Record record;
  Epoch& epoch = *record.mutable_epoch();
  epoch.set_epoch(number);
  epoch.set_warm_up(number < run.measure_epoch);
  epoch.set_steps(StepsOf(run));
  epoch.set_images(run.train_images);
  double scales = 0;
  for (uint32_t i = 0; i < StepsOf(run); ++i) {
    scales += Scale(run, i);
    epoch.add_step_time_s(Scale(run, i) * StepOf(run) +
                          (number == 0 && i == 0 ? run.first_step_extra_s : 0));
  }
  const double extra_s = number == 0 ? run.first_step_extra_s : 0;
  for (uint32_t i = 0; i < run.world_size; ++i)
    AddRankSums(run, i, scales, extra_s, epoch);
  epoch.set_step_time_s_sum(scales * StepOf(run) + extra_s);
  epoch.set_train_loss_sum(run.train_images * (2.0 - 0.25 * number));
  epoch.set_train_correct(run.train_images * (2 + number) / 10);
  if (number + 1 == run.epochs) {
    epoch.set_test_images(1000);
    epoch.set_test_correct(321);
  }
  epoch.set_learning_rate(0.1);
  epoch.set_elapsed_s((number + 1) * scales * StepOf(run) +
                      run.first_step_extra_s);
  return record;
}

Record EndRecord(const SyntheticRun& run) {
  Record record;
  record.mutable_end()->set_reason(End::COMPLETED);
  record.mutable_end()->set_steps(uint64_t{run.epochs} * StepsOf(run));
  return record;
}

}  // namespace

uint32_t StepsOf(const SyntheticRun& run) {
  const uint64_t shard =
      (run.train_images + run.world_size - 1) / run.world_size;
  return (shard + run.batch - 1) / run.batch;
}

double ServiceOf(const SyntheticRun& run, uint64_t bytes) {
  const double factor = 2.0 * (run.world_size - 1) / run.world_size;
  return run.alpha_s + factor * bytes / run.beta;
}

double StepOf(const SyntheticRun& run) {
  return run.data_s + run.host_to_device_s + run.forward_s + run.backward_s +
         Exposed(run) + run.optimizer_s + run.other_s;
}

std::vector<Record> RecordsOf(const SyntheticRun& run) {
  std::vector<Record> records = {HeaderRecord(run), PlanRecord(run)};
  if (run.baseline_share > 0)
    records.insert(records.begin() + 1, BaselineRecord(run));
  for (uint32_t epoch = 0; epoch < run.epochs; ++epoch) {
    for (uint32_t step = 0; step < StepsOf(run); ++step)
      records.push_back(StepRecord(run, epoch, step));
    records.push_back(EpochRecord(run, epoch));
  }
  records.push_back(EndRecord(run));
  return records;
}

std::string FileOf(const std::vector<Record>& records) {
  std::string bytes;
  for (const Record& record : records)
    bytes += FrameRecord(record.SerializeAsString());
  return bytes;
}

}  // namespace lockstep::analysis
