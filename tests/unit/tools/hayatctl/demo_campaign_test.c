/* Promise: the demonstration's judge tells every end that must not be; its network breaks what it is told to and changes no byte otherwise. */
#include "tests/support/cm.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/hayatctl/demo_campaign.h"

#define OBLIGATION(name) HAYAT__V1__OBLIGATION_STATE__OBLIGATION_STATE_##name

/* --- the judge --- */

static struct demo_person_run person(enum demo_fate fate, Hayat__V1__ObligationState end)
{
    return (struct demo_person_run){.fate = fate, .pensioner = {.end = end, .receipts_good = 3}};
}

static void test_right_ends(void **state)
{
    (void)state;
    for (int fate = 0; fate < FATE_COUNT; fate++) {
        int right = 0;
        for (int end = OBLIGATION(UNSPECIFIED); end <= OBLIGATION(REINSTATED); end++) {
            struct demo_person_run run = person((enum demo_fate)fate,
                                                (Hayat__V1__ObligationState)end);
            right += demo_campaign_wrong(&run) == NULL;
        }
        assert_int_equal(right, 1); /* one end alone is right for each */
    }
}

static void test_wrong_ends(void **state)
{
    (void)state;
    struct demo_person_run run = person(FATE_DRAFT, OBLIGATION(SUSPENDED));
    assert_string_equal(demo_campaign_wrong(&run), "suspended wrongly");
    run = person(FATE_RUSH, OBLIGATION(IN_REVIEW));
    assert_non_null(demo_campaign_wrong(&run));
    run = person(FATE_RUSH, OBLIGATION(ACCEPTED));
    run.pensioner.receipts_bad = 1;
    assert_non_null(demo_campaign_wrong(&run));
    run = person(FATE_RUSH, OBLIGATION(ACCEPTED));
    run.pensioner.receipts_good = 1;
    assert_non_null(demo_campaign_wrong(&run));
    run = person(FATE_RUSH, OBLIGATION(ACCEPTED));
    run.failed = true;
    assert_non_null(demo_campaign_wrong(&run));
}

/* --- the network --- */

enum { SENT_BYTES = 400000 };

static int listener(int *ret_port)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof here;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)(void *)&here, len), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)(void *)&here, &len), 0);
    *ret_port = ntohs(here.sin_port);
    return fd;
}

static int connect_to(int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)(void *)&to, sizeof to), 0);
    return fd;
}

/* How many bytes came through before the end, each the one that was sent. */
static size_t through(uint32_t cut_percent, struct demo_network_counts *ret_counts)
{
    struct demo_network *network;
    int port;
    int server = listener(&port);
    assert_true(ok(demo_network_start(
        &(struct demo_network_options){.seed = 1, .server_port = port, .cut_percent = cut_percent},
        &network)));
    int client = connect_to(demo_network_port(network));
    int far = accept(server, NULL, NULL);
    size_t sent = 0, got = 0;
    bool open = true;
    while (open && got < SENT_BYTES) {
        uint8_t byte = (uint8_t)(sent * 7), back;
        open = sent == SENT_BYTES || send(client, &byte, 1, MSG_NOSIGNAL) == 1;
        sent += open && sent < SENT_BYTES;
        while (open && got < sent) {
            open = recv(far, &back, 1, 0) == 1;
            assert_true(!open || back == (uint8_t)(got * 7));
            got += open;
        }
    }
    (void)close(client);
    (void)close(far);
    (void)close(server);
    demo_network_stop(network, ret_counts);
    return got;
}

static void test_network_cuts_and_keeps(void **state)
{
    (void)state;
    struct demo_network_counts counts;
    assert_true(through(100, &counts) < SENT_BYTES);
    assert_int_equal(counts.cuts, 1);
    assert_int_equal(through(0, &counts), SENT_BYTES);
    assert_int_equal(counts.cuts, 0);
    assert_int_equal(counts.connections, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_right_ends),
        cmocka_unit_test(test_wrong_ends),
        cmocka_unit_test(test_network_cuts_and_keeps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
