#include "auth/refresh_rules.h"

#include "base/limits.h"

/* SEC-B7 */
static enum refresh_verdict judge_used(const struct refresh_facts *facts)
{
    bool repeats = facts->same_wish && facts->signature_good &&
                   facts->now_ms < facts->rotate_ms + LIMIT_ROTATION_REPEAT_MS;
    return repeats ? REFRESH_REPEAT : REFRESH_REUSED;
}

enum refresh_verdict refresh_judge(const struct refresh_facts *facts)
{
    if (facts->now_ms >= facts->end_ms) {
        return REFRESH_OVER;
    }
    if (facts->used) {
        return judge_used(facts);
    }
    /* SEC-B5 */
    if (facts->now_ms >= facts->idle_ms || facts->rotations >= LIMIT_ROTATIONS) {
        return REFRESH_OVER;
    }
    return facts->signature_good ? REFRESH_ROTATE : REFRESH_NOT_SIGNED;
}
