/* loader: finds and loads the engine's library. */
#ifndef BV_ENGINE_LOADER_H
#define BV_ENGINE_LOADER_H

#include "base/base.h"
#include "engine/engine.h"

/* spec: NULL or "auto": $BELVEDERE_ENGINE, else the library beside this one, else none: *api is NULL. "none": *api is NULL. "datafusion": as auto,
 * but it must be there. Anything else is the path of a library. $BELVEDERE_ENGINE is a path, or "none". False: diagnosed; *api is not touched. A library is
 * loaded once and never unloaded. */
BV_NODISCARD bool bv__engine_load(const char *spec, const bv_engine_api **api, bv_diagnostics *d);

#endif
