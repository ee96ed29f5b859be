#include "tests/support/obligation_model.h"

#include <assert.h>

enum { WAIT_DAYS = 14 };

const int64_t stops[LAST_STOP + 1] = {0, 6, 14, 21, 36};
const int32_t offsets[2] = {-4, 4};

static void note(struct left *left, const char *entry)
{
    assert(left->entry_count < ENTRIES_MAX);
    left->entries[left->entry_count++] = entry;
}

/* --- the job --- */

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

static void model_job(struct model *m, struct left *left)
{
    model_note(m);
    model_remind(m);
    if (m->pay == PAID && model_may_stop(m)) {
        m->pay = ASKED;
        m->yes = 0;
        note(left, "suspension.proposed");
    }
}

/* --- proofs of life --- */

/* Something of the member's came: nobody asks any more. */
static void model_answer(struct model *m, struct left *left)
{
    if (m->pay == ASKED) {
        note(left, "suspension.withdrawn");
    }
    m->pay = m->pay == ASKED ? PAID : m->pay;
    m->yes = 0;
}

static void model_prove(struct model *m, struct left *left)
{
    model_answer(m, left);
    m->paper = GOOD;
    if (m->pay == STOPPED) {
        m->pay = AGAIN;
        note(left, "suspension.lifted");
    }
}

static void promise(const struct model *m, enum promise what, struct left *left)
{
    left->promise = what;
    left->in_time = m->in_time;
    left->files = m->filed;
}

static void begin(struct model *m, struct left *left)
{
    model_answer(m, left);
    m->paper = BEGUN;
    m->file = NO_FILE;
    m->filed = m->round = m->in_time = 0;
}

/* What was in time at its first filing stays in time. */
static void file(struct model *m, struct left *left)
{
    model_answer(m, left);
    m->in_time = m->round == 0 ? stops[m->stop] <= DUE : m->in_time;
    m->round++;
    m->filed = m->file == NO_FILE ? 0 : 1;
    m->paper = m->file == UNSEEN ? SENT : WITH_FUND;
    promise(m, FILED, left);
    note(left, "certificate.submitted");
    if (m->paper == WITH_FUND) {
        note(left, "certificate.in_review");
    }
}

static void see(struct model *m, struct left *left)
{
    m->file = SEEN;
    note(left, "document.checked");
    if (m->paper == SENT) {
        m->paper = WITH_FUND;
        note(left, "certificate.in_review");
    }
    if (m->paper == GOOD) {
        m->file = NO_FILE;
    }
}

/* RULE LC-13: whatever reminded before a no counts for none; what more is sent comes too late for these days. */
static void spend(struct model *m)
{
    for (int i = 0; i < 2; i++) {
        m->mail[i] = m->mail[i] == NOT_SENT ? NOT_SENT : LOST_KNOWN;
    }
}

static void decide(struct model *m, enum event event, struct left *left)
{
    m->file = NO_FILE;
    if (event == ACCEPT) {
        promise(m, DECIDED_YES, left);
        note(left, "certificate.accepted");
        model_prove(m, left);
    } else if (event == REFUSE) {
        promise(m, DECIDED_NO, left);
        note(left, "certificate.refused");
        m->paper = BAD;
        spend(m);
    } else {
        note(left, "certificate.more_needed");
        m->paper = BACK;
        spend(m);
    }
}

/* Of what is filed, but for what is being sent anew; else of nothing, in time by its day. */
static void confirm(struct model *m, struct left *left)
{
    if (m->paper == GOOD) {
        return;
    }
    bool filed = m->paper == SENT || m->paper == WITH_FUND || m->paper == BACK;
    bool anew = m->paper == BACK && m->file != NO_FILE;
    m->filed = filed && !anew ? m->filed : 0;
    m->in_time = filed ? m->in_time : stops[m->stop] <= DUE;
    promise(m, REGISTRY_SAID, left);
    note(left, "certificate.registry");
    m->file = m->file == SEEN ? NO_FILE : m->file;
    model_prove(m, left);
}

static void model_paper(struct model *m, enum event event, struct left *left)
{
    switch ((int)event) {
    case DRAFT:
        begin(m, left);
        break;
    case PAPERS:
        begin(m, left);
        file(m, left);
        break;
    case SUBMIT:
        file(m, left);
        break;
    case CHECKED:
        see(m, left);
        break;
    case REGISTRY:
        confirm(m, left);
        break;
    default:
        decide(m, event, left);
        break;
    }
}

static bool model_upload(struct model *m, enum event event)
{
    bool open = m->paper == BEGUN || m->paper == BACK;
    if (event == UPLOAD_OPENS) {
        return open && !m->upload && (m->upload = true);
    }
    if (!m->upload) {
        return false;
    }
    m->upload = false;
    m->file = open ? UNSEEN : m->file;
    return true;
}

static bool may_come(const struct model *m, enum event event)
{
    bool open = m->paper == BEGUN || m->paper == BACK;
    switch ((int)event) {
    case DRAFT:
    case PAPERS:
        return m->paper == NOTHING || m->paper == BAD;
    case CHECKED:
        return m->file == UNSEEN;
    case SUBMIT:
        return open && !m->upload && m->file != NO_FILE;
    case REGISTRY:
        return true;
    default:
        return m->paper == WITH_FUND;
    }
}

/* --- everything --- */

static void model_mail(struct model *m, enum mail to)
{
    for (int i = 0; i < 2; i++) {
        m->mail[i] = m->mail[i] == ON_ITS_WAY ? to : m->mail[i];
    }
}

/* Two persons: the second yes is of another one. */
static bool model_vote(struct model *m, enum event event, struct left *left)
{
    if (m->pay != ASKED || (event == FIRST_YES && m->yes != 0) ||
        (event == SECOND_YES && m->yes == 0)) {
        return false;
    }
    if (event == FIRST_YES) {
        m->yes = 1;
    } else if (event == SECOND_YES) {
        m->pay = STOPPED;
        note(left, "suspension.made");
    } else {
        m->pay = PAID;
        m->yes = 0;
        m->said_no = true;
        note(left, "suspension.refused");
    }
    return true;
}

bool model_step(struct model *m, enum event event, struct left *ret_left)
{
    *ret_left = (struct left){.promise = NO_PROMISE};
    switch (event) {
    case UPLOAD_OPENS:
    case UPLOAD_ENDS:
        return model_upload(m, event);
    case DRAFT:
    case PAPERS:
    case CHECKED:
    case SUBMIT:
    case ACCEPT:
    case REFUSE:
    case WANT_MORE:
    case REGISTRY:
        if (!may_come(m, event)) {
            return false;
        }
        model_paper(m, event, ret_left);
        return true;
    case DELIVERED:
    case FAILED:
        model_mail(m, event == DELIVERED ? THERE : LOST);
        return true;
    case TIME_PASSES:
    case JOB_RUNS:
        m->stop += event == TIME_PASSES && m->stop < LAST_STOP ? 1 : 0;
        model_job(m, ret_left);
        return true;
    case FIRST_YES:
    case SECOND_YES:
    case A_NO:
        return model_vote(m, event, ret_left);
    case EVENTS:
        break;
    }
    return false;
}

obligation_state model_state(const struct model *m)
{
    static const obligation_state of_paper[] = {
        [NOTHING] = OBLIGATION(DUE),      [BEGUN] = OBLIGATION(DRAFT),
        [SENT] = OBLIGATION(SUBMITTED),   [WITH_FUND] = OBLIGATION(IN_REVIEW),
        [BACK] = OBLIGATION(MORE_NEEDED), [GOOD] = OBLIGATION(ACCEPTED),
        [BAD] = OBLIGATION(REFUSED)};
    static const obligation_state of_pay[] = {[ASKED] = OBLIGATION(SUSPENSION_PROPOSED),
                                              [STOPPED] = OBLIGATION(SUSPENDED),
                                              [AGAIN] = OBLIGATION(REINSTATED)};
    return m->pay == PAID ? of_paper[m->paper] : of_pay[m->pay];
}

/* --- what matters --- */

static bool same_mail(const struct model *a, const struct model *b)
{
    return a->mail[0] == b->mail[0] && a->mail[1] == b->mail[1] &&
           model_may_stop(a) == model_may_stop(b);
}

/* When it was filed, while a receipt can still say so; what there is while another file comes will not count. */
static bool same_filing(const struct model *a, const struct model *b)
{
    bool undecided = a->paper == SENT || a->paper == WITH_FUND || a->paper == BACK;
    return (a->upload || a->file == b->file) && (!undecided || a->in_time == b->in_time);
}

bool model_same(const struct model *a, const struct model *b)
{
    return a->paper == b->paper && a->upload == b->upload && a->pay == b->pay &&
           a->stop == b->stop && a->yes == b->yes && a->said_no == b->said_no &&
           same_filing(a, b) && same_mail(a, b);
}
