/* demo_devices: a device for each member of a demonstration's fund, straight into its store while the server is down. */
#ifndef HAYAT_TOOLS_HAYATCTL_DEMO_DEVICES_H
#define HAYAT_TOOLS_HAYATCTL_DEMO_DEVICES_H

#include "tools/hayatctl/demo_site.h"

status demo_devices_enrol(const struct demo_site *site, struct id *devices);

#endif
