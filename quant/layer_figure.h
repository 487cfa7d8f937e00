// The errors of all layers at a glance.

#ifndef LOCKSTEP_QUANT_LAYER_FIGURE_H_
#define LOCKSTEP_QUANT_LAYER_FIGURE_H_

#include <vector>

#include "quant/measure_layers.h"
#include "report/draw_figure.h"

namespace lockstep::quant {

// SQNR against the layer's number in the table; of two layers or more. Exact
// layers, which have none, are left out.
FigureScript LayerFigure(const std::vector<LayerMeasurement>& layers);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_LAYER_FIGURE_H_
