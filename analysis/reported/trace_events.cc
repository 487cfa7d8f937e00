#include "analysis/reported/trace_events.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"

namespace lockstep::analysis {
namespace {

using Json = nlohmann::json;

constexpr size_t kMostLevels = 64;

// Where in the file a value stands.
enum class Level { kTop, kInfo, kEvents, kEvent, kArguments, kElsewhere };

// What is read of an object: the places that its fields go to, one list a
// level.
struct NumberField {
  Level level;
  absl::string_view key;
  double TraceEvent::*to;
};

struct TextField {
  Level level;
  absl::string_view key;
  std::string TraceEvent::*to;
};

constexpr NumberField kNumbers[] = {
    {Level::kEvent, "ts", &TraceEvent::start_us},
    {Level::kEvent, "dur", &TraceEvent::duration_us},
    {Level::kEvent, "pid", &TraceEvent::process},
    {Level::kEvent, "tid", &TraceEvent::thread},
    {Level::kArguments, "stream", &TraceEvent::stream},
    {Level::kArguments, "correlation", &TraceEvent::correlation},
    {Level::kArguments, "In msg nelems", &TraceEvent::elements_in},
    {Level::kArguments, "Out msg nelems", &TraceEvent::elements_out},
    {Level::kArguments, "bytes", &TraceEvent::bytes},
};

constexpr TextField kTexts[] = {
    {Level::kEvent, "ph", &TraceEvent::phase},
    {Level::kEvent, "cat", &TraceEvent::category},
    {Level::kEvent, "name", &TraceEvent::name},
    {Level::kArguments, "name", &TraceEvent::argument_name},
    {Level::kArguments, "Collective name", &TraceEvent::collective},
    {Level::kArguments, "dtype", &TraceEvent::type},
};

// Keeps the event that is being read, and where the parser is.
class Handler : public nlohmann::json_sax<Json> {
 public:
  Handler(const std::function<absl::Status(const TraceEvent&)>& visit,
          TraceInfo& info)
      : visit_(visit), info_(info) {}

  const absl::Status& status() const { return status_; }

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t v) override { return Number(v); }
  bool number_unsigned(number_unsigned_t v) override { return Number(v); }
  bool number_float(number_float_t v, const string_t&) override {
    return Number(v);
  }
  bool binary(binary_t&) override { return true; }

  bool string(string_t& text) override {
    for (const TextField& field : kTexts)
      if (field.level == level() && field.key == key_) event_.*field.to = text;
    return true;
  }

  bool key(string_t& key) override {
    key_.swap(key);
    return true;
  }

  bool start_object(size_t) override {
    const Level inside = ObjectIn(level());
    if (inside == Level::kEvent) event_ = {};
    return Enter(levels_.empty() ? Level::kTop : inside);
  }

  bool end_object() override {
    const Level ended = level();
    levels_.pop_back();
    if (ended == Level::kEvent) status_ = visit_(event_);
    return status_.ok();
  }

  bool start_array(size_t) override {
    const bool are_events =
        levels_.empty() || (level() == Level::kTop && key_ == "traceEvents");
    return Enter(are_events ? Level::kEvents : Level::kElsewhere);
  }

  bool end_array() override {
    levels_.pop_back();
    return true;
  }

  bool parse_error(size_t byte, const std::string&,
                   const nlohmann::detail::exception&) override {
    status_ = absl::InvalidArgumentError(
        absl::StrCat("not JSON, or cut short, at byte ", byte));
    return false;
  }

 private:
  Level level() const {
    return levels_.empty() ? Level::kElsewhere : levels_.back();
  }

  Level ObjectIn(Level outer) const {
    if (outer == Level::kEvents) return Level::kEvent;
    if (outer == Level::kEvent && key_ == "args") return Level::kArguments;
    if (outer == Level::kTop && key_ == "distributedInfo") return Level::kInfo;
    return Level::kElsewhere;
  }

  bool Enter(Level inside) {
    levels_.push_back(inside);
    if (levels_.size() > kMostLevels)
      status_ = absl::InvalidArgumentError(
          absl::StrCat("its JSON is nested deeper than ", kMostLevels));
    return status_.ok();
  }

  bool Number(double value) {
    for (const NumberField& field : kNumbers)
      if (field.level == level() && field.key == key_) event_.*field.to = value;
    if (level() == Level::kInfo && key_ == "rank") info_.rank = value;
    if (level() == Level::kInfo && key_ == "world_size")
      info_.world_size = value;
    return true;
  }

  const std::function<absl::Status(const TraceEvent&)>& visit_;
  TraceInfo& info_;
  std::vector<Level> levels_;
  std::string key_;
  TraceEvent event_;
  absl::Status status_;
};

}  // namespace

absl::Status VisitTraceEvents(
    absl::string_view json,
    const std::function<absl::Status(const TraceEvent&)>& visit,
    TraceInfo& info) {
  Handler handler(visit, info);
  Json::sax_parse(json.begin(), json.end(), &handler);
  return handler.status();
}

}  // namespace lockstep::analysis
