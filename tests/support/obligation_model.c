#include "tests/support/obligation_model.h"

enum { WAIT_DAYS = 14 };

const int64_t stops[LAST_STOP + 1] = {0, 6, 14, 21, 36};
const int32_t offsets[2] = {-4, 4};

static bool tells_something(const struct model *m)
{
    return m->paper == NOTHING || m->paper == BAD || m->paper == BEGUN || m->paper == BACK;
}

static void model_note(struct model *m)
{
    for (int i = 0; i < 2; i++) {
        if (m->mail[i] == THERE) {
            m->mail[i] = KNOWN;
            m->known_stop[i] = m->stop;
        }
        m->mail[i] = m->mail[i] == LOST ? LOST_KNOWN : m->mail[i];
    }
}

static void model_remind(struct model *m)
{
    int due = m->stop >= 2 ? 1 : m->stop - 1; /* the last one whose day came */
    bool wanted = m->pay != STOPPED && m->pay != AGAIN && tells_something(m);
    if (due >= 0 && m->mail[due] == NOT_SENT && wanted) {
        m->mail[due] = ON_ITS_WAY;
    }
}

bool model_may_stop(const struct model *m)
{
    bool silent = (m->paper == NOTHING || m->paper == BAD) && !m->upload;
    bool told = m->mail[0] == KNOWN && m->mail[1] == KNOWN && !m->said_no;
    int known = m->known_stop[0] > m->known_stop[1] ? m->known_stop[0] : m->known_stop[1];
    return silent && told && stops[m->stop] > GRACE_END &&
           stops[m->stop] - stops[known] >= WAIT_DAYS;
}

static void model_job(struct model *m)
{
    model_note(m);
    model_remind(m);
    if (m->pay == PAID && model_may_stop(m)) {
        m->pay = ASKED;
        m->yes = 0;
    }
}

/* Something of the member's came: nobody asks any more. */
static void model_answer(struct model *m)
{
    m->pay = m->pay == ASKED ? PAID : m->pay;
    m->yes = 0;
}

static void model_prove(struct model *m)
{
    model_answer(m);
    m->paper = GOOD;
    m->pay = m->pay == STOPPED ? AGAIN : m->pay;
}

static void model_mail(struct model *m, enum mail to)
{
    for (int i = 0; i < 2; i++) {
        m->mail[i] = m->mail[i] == ON_ITS_WAY ? to : m->mail[i];
    }
}

/* RULE LC-13: whatever reminded before a no counts for none; what more is sent comes too late for these days. */
static void model_spend(struct model *m)
{
    for (int i = 0; i < 2; i++) {
        m->mail[i] = m->mail[i] == NOT_SENT ? NOT_SENT : LOST_KNOWN;
    }
}

static bool model_paper(struct model *m, enum event event)
{
    switch ((int)event) {
    case DRAFT:
        m->paper = BEGUN;
        model_answer(m);
        return true;
    case SUBMIT:
        m->paper = WITH_FUND;
        model_answer(m);
        return true;
    case ACCEPT:
    case REGISTRY:
        model_prove(m);
        return true;
    case REFUSE:
        m->paper = BAD;
        model_spend(m);
        return true;
    default: /* WANT_MORE */
        m->paper = BACK;
        model_spend(m);
        return true;
    }
}

bool model_step(struct model *m, enum event event)
{
    bool open = m->paper == BEGUN || m->paper == BACK;
    switch (event) {
    case DRAFT:
        return (m->paper == NOTHING || m->paper == BAD) && model_paper(m, event);
    case UPLOAD_OPENS:
        return open && !m->upload && (m->upload = true);
    case UPLOAD_ENDS:
        return m->upload && !(m->upload = false);
    case SUBMIT:
        return open && !m->upload && model_paper(m, event);
    case ACCEPT:
    case REFUSE:
    case WANT_MORE:
        return m->paper == WITH_FUND && model_paper(m, event);
    case REGISTRY:
        return m->paper == GOOD || model_paper(m, event);
    case DELIVERED:
        model_mail(m, THERE);
        return true;
    case FAILED:
        model_mail(m, LOST);
        return true;
    case TIME_PASSES:
        m->stop += m->stop < LAST_STOP ? 1 : 0;
        model_job(m);
        return true;
    case JOB_RUNS:
        model_job(m);
        return true;
    case FIRST_YES:
        return m->pay == ASKED && m->yes == 0 && (m->yes = 1) != 0;
    case SECOND_YES: /* of another person: the same one cannot */
        if (m->pay != ASKED || m->yes == 0) {
            return false;
        }
        m->pay = STOPPED;
        return true;
    case A_NO:
        if (m->pay != ASKED) {
            return false;
        }
        m->pay = PAID;
        m->yes = 0;
        m->said_no = true;
        return true;
    case EVENTS:
        break;
    }
    return false;
}

obligation_state model_state(const struct model *m)
{
    static const obligation_state of_paper[] = {
        [NOTHING] = OBLIGATION(DUE),         [BEGUN] = OBLIGATION(DRAFT),
        [WITH_FUND] = OBLIGATION(IN_REVIEW), [BACK] = OBLIGATION(MORE_NEEDED),
        [GOOD] = OBLIGATION(ACCEPTED),       [BAD] = OBLIGATION(REFUSED)};
    static const obligation_state of_pay[] = {[ASKED] = OBLIGATION(SUSPENSION_PROPOSED),
                                              [STOPPED] = OBLIGATION(SUSPENDED),
                                              [AGAIN] = OBLIGATION(REINSTATED)};
    return m->pay == PAID ? of_paper[m->paper] : of_pay[m->pay];
}
