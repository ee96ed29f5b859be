/*
 * service_manager: tells the service manager how the process is doing, as systemd's sd_notify(3) does, without its library.
 *
 * Lines     READY=1, STOPPING=1, RELOADING=1: sd_notify(3) lists them.
 * Address   $NOTIFY_SOCKET, a unix socket: a path, or an abstract name that begins with '@'.
 * Threads   any; getenv alone is shared.
 */
#ifndef HAYAT_BASE_SERVICE_MANAGER_H
#define HAYAT_BASE_SERVICE_MANAGER_H

#include <stdbool.h>

/* True when somebody was told.  Nobody asked, or nobody there: false, and no reason not to go on. */
bool service_manager_tell(const char *line);

#endif
