// How the parts of a step look in every figure.

#ifndef LOCKSTEP_ANALYSIS_FIGURES_STEP_LAYERS_H_
#define LOCKSTEP_ANALYSIS_FIGURES_STEP_LAYERS_H_

#include "analysis/step_parts.h"

namespace lockstep::analysis {

// One part: how it is called, gnuplot's fill style and colour, and its time.
struct StepLayer {
  const char* title;
  const char* fill;
  double (*of)(const StepParts&);
};

// In the order of a step. Shades and hatches tell them apart without colour.
inline constexpr StepLayer kStepLayers[] = {
    {"data", "solid 1 border linecolor 'black' linecolor '#ffffff'",
     [](const StepParts& p) { return p.data; }},
    {"host to device", "solid 1 border linecolor 'black' linecolor '#c7c7c7'",
     [](const StepParts& p) { return p.host_to_device; }},
    {"forward", "solid 1 border linecolor 'black' linecolor '#9ecae1'",
     [](const StepParts& p) { return p.forward; }},
    {"backward", "solid 1 border linecolor 'black' linecolor '#3f7fb5'",
     [](const StepParts& p) { return p.backward; }},
    {"exposed communication",
     "pattern 2 border linecolor 'black' linecolor '#a63603'",
     [](const StepParts& p) { return p.exposed; }},
    {"optimiser", "solid 1 border linecolor 'black' linecolor '#333333'",
     [](const StepParts& p) { return p.optimizer; }},
    {"other", "pattern 4 border linecolor 'black' linecolor '#777777'",
     [](const StepParts& p) { return p.Other(); }}};

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_FIGURES_STEP_LAYERS_H_
