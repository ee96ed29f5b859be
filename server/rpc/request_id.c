#include "rpc/request_id.h"

enum { BATCH = 32 };

void request_id_draw(struct random_source *random, char out[ID_TEXT_MAX])
{
    static _Thread_local struct id batch[BATCH];
    static _Thread_local size_t left;
    if (left == 0) {
        random_fill(random, batch, sizeof batch);
        left = BATCH;
    }
    id_format(batch[--left], "req", out);
}
