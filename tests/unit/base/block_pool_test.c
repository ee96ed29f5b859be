/* Promise: a pool never hands out more blocks than it may, hands out what was given back, and nobody gets what another holds. */
#include "tests/support/cm.h"

#include <pthread.h>
#include <string.h>

#include "base/block_pool.h"

enum { BLOCK_BYTES = 256, MOST = 5, THREADS = 4, TURNS = 2000 };

static void test_most(void **state)
{
    (void)state;
    struct block_pool *pool = block_pool_new(BLOCK_BYTES, MOST);
    void *blocks[MOST];
    for (int i = 0; i < MOST; i++) {
        blocks[i] = block_pool_take(pool);
        assert_non_null(blocks[i]);
        memset(blocks[i], i, BLOCK_BYTES);
    }
    assert_null(block_pool_take(pool));
    for (int i = 0; i < MOST; i++) {
        assert_int_equal(((unsigned char *)blocks[i])[BLOCK_BYTES - 1], i);
    }
    block_pool_give(pool, blocks[2]);
    assert_ptr_equal(block_pool_take(pool), blocks[2]);
    assert_null(block_pool_take(pool));
    for (int i = 0; i < MOST; i++) {
        block_pool_give(pool, blocks[i]);
    }
    block_pool_free(pool);
    block_pool_free(NULL);
}

static void *take_turns(void *ctx)
{
    struct block_pool *pool = ctx;
    for (int i = 0; i < TURNS; i++) {
        unsigned char *block = block_pool_take(pool);
        if (block != NULL) {
            memset(block, i, BLOCK_BYTES);
            assert_int_equal(block[BLOCK_BYTES - 1], (unsigned char)i);
            block_pool_give(pool, block);
        }
    }
    return NULL;
}

static void test_threads(void **state)
{
    (void)state;
    struct block_pool *pool = block_pool_new(BLOCK_BYTES, THREADS / 2);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, take_turns, pool), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    block_pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_most), cmocka_unit_test(test_threads)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
