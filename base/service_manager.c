#include "base/service_manager.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/defer.h"

/* Returns the length of the address, 0 when NAME is none. */
static socklen_t read_address(const char *name, struct sockaddr_un *ret)
{
    size_t len = name == NULL ? 0 : strlen(name);
    if (len < 2 || len >= sizeof ret->sun_path || (name[0] != '/' && name[0] != '@')) {
        return 0;
    }
    *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(ret->sun_path, name, len);
    if (name[0] == '@') {
        ret->sun_path[0] = '\0'; /* abstract: no NUL at its end */
        return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    }
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
}

bool service_manager_tell(const char *line)
{
    struct sockaddr_un address;
    socklen_t len = read_address(getenv("NOTIFY_SOCKET"), &address);
    if (len == 0) {
        return false;
    }
    DEFER(defer_close) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return fd >= 0 && sendto(fd, line, strlen(line), MSG_NOSIGNAL, (struct sockaddr *)&address,
                             len) == (ssize_t)strlen(line);
}
