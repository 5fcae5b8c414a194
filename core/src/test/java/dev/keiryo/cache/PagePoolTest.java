package dev.keiryo.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.tensor.Matrix;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PagePoolTest {
    private static final PageSize SMALL = new PageSize(4096, 8192);
    private static final PageSize LARGE = new PageSize(1 << 20, 1 << 20);

    @Test
    void pagesAreCountedSharedAndUsedAgain() {
        try (PagePool pool = new PagePool(3 * SMALL.bytes())) {
            Page a = pool.take(SMALL);
            Page b = pool.take(SMALL);
            assertNotSame(a, b);
            assertEquals(2 * SMALL.bytes(), pool.used());
            assertEquals(SMALL.bytes(), pool.available());
            pool.share(a);
            assertTrue(a.shared());
            pool.release(a);
            assertEquals(2 * SMALL.bytes(), pool.used());
            pool.release(a);
            assertEquals(SMALL.bytes(), pool.used());
            assertEquals(2 * SMALL.bytes(), pool.held());
            assertSame(a, pool.take(SMALL));
            Page c = pool.take(SMALL);
            OutOfPagesException e = assertThrows(OutOfPagesException.class, () -> pool.take(SMALL));
            assertEquals(SMALL.bytes(), e.wanted());
            assertTrue(String.valueOf(e.getMessage()).contains("36,864"), e.getMessage());
            pool.release(c);
            assertSame(c, pool.take(SMALL));
            pool.release(b);
            assertThrows(IllegalStateException.class, () -> pool.release(b));
        }
    }

    @Test
    void memoryOfOneSizeMakesRoomForAnother() {
        try (PagePool pool = new PagePool(LARGE.bytes() + SMALL.bytes())) {
            List<Page> small = new ArrayList<>();
            while (pool.available() >= SMALL.bytes()) {
                small.add(pool.take(SMALL));
            }
            assertThrows(OutOfPagesException.class, () -> pool.take(LARGE));
            small.forEach(pool::release);
            assertEquals(0, pool.used());
            Page large = pool.take(LARGE);
            assertTrue(pool.held() <= pool.limit(), "holds " + pool.held());
            pool.release(large);
            pool.trim();
            assertEquals(0, pool.held());
        }
    }

    @Test
    void neighbouringPagesDoNotOverlap() {
        try (PagePool pool = new PagePool(PagePool.UNLIMITED)) {
            List<Page> pages = new ArrayList<>();
            for (int i = 0; i < 1000; i++) {
                Page page = pool.take(SMALL);
                page.keys.fill((byte) i);
                page.values.fill((byte) (i + 100));
                pages.add(page);
            }
            for (int i = 0; i < pages.size(); i++) {
                for (int at : new int[] {0, 4095}) {
                    assertEquals((byte) i, pages.get(i).keys.get(java.lang.foreign.ValueLayout.JAVA_BYTE, at));
                }
                for (int at : new int[] {0, 8191}) {
                    assertEquals(
                            (byte) (i + 100), pages.get(i).values.get(java.lang.foreign.ValueLayout.JAVA_BYTE, at));
                }
                assertEquals(0, pages.get(i).keys.address() % 64);
                assertEquals(0, pages.get(i).values.address() % 64);
            }
            assertTrue(pool.available() > 0);
        }
    }

    @Test
    void aClosedPoolRefuses() {
        PagePool pool = new PagePool(1 << 20);
        Page page = pool.take(SMALL);
        pool.close();
        pool.release(page);
        assertThrows(IllegalStateException.class, () -> pool.take(SMALL));
        assertThrows(IllegalArgumentException.class, () -> new PagePool(0));
    }

    /** Forks that are cut, written to, windowed and closed at random hold what arrays would, and the pool counts right. */
    @Test
    void forksNeverDisturbEachOther() {
        for (KvType type : KvType.values()) {
            Random random = new Random(type.name().hashCode());
            try (Arena arena = Arena.ofConfined();
                    PagePool pool = new PagePool(PagePool.UNLIMITED)) {
                List<KvCache> caches = new ArrayList<>();
                List<List<Float>> models = new ArrayList<>();
                caches.add(new KvCache(1, type, pool));
                models.add(new ArrayList<>());
                for (int step = 0; step < 400; step++) {
                    int i = random.nextInt(caches.size());
                    CacheSlot slot = caches.get(i).slot(0);
                    List<Float> model = models.get(i);
                    switch (random.nextInt(7)) {
                        case 0 -> {
                            caches.add(caches.get(i).fork());
                            models.add(new ArrayList<>(model));
                        }
                        case 1 -> {
                            int length = slot.first() + random.nextInt(model.size() - slot.first() + 1);
                            caches.get(i).truncate(0, 1, length);
                            model.subList(length, model.size()).clear();
                        }
                        case 2 -> {
                            if (caches.size() > 1) {
                                caches.remove(i).close();
                                models.remove(i);
                            }
                        }
                        case 3 -> slot.forgetBefore(random.nextInt(model.size() / 2 + 1));
                        default -> {
                            int n = 1 + random.nextInt(90);
                            Matrix x = Matrix.zeros(arena, n, 2 * 5);
                            for (int t = 0; t < n; t++) {
                                // A power of two is held exactly by every type.
                                float number = Math.scalb(random.nextBoolean() ? 1f : -1f, random.nextInt(9) - 4);
                                for (int c = 0; c < 10; c++) {
                                    x.put(t, c, number);
                                }
                                model.add(number);
                            }
                            int from = model.size() - n;
                            slot.extend(2, 5, 5, from, from + n);
                            slot.put(from, n, x, x, 0, 0, 2);
                        }
                    }
                    check(caches, models, pool);
                }
                caches.forEach(KvCache::close);
                assertEquals(0, pool.used());
            }
        }
    }

    private static void check(List<KvCache> caches, List<List<Float>> models, PagePool pool) {
        List<Page> all = new ArrayList<>();
        float[] key = new float[5];
        float[] value = new float[5];
        for (int i = 0; i < caches.size(); i++) {
            CacheSlot slot = caches.get(i).slot(0);
            List<Float> model = models.get(i);
            assertEquals(model.size(), slot.length());
            for (int p = slot.first(); p < model.size(); p++) {
                slot.key(1, p, key);
                slot.value(0, p, value);
                float expected = model.get(p);
                assertEquals(expected, key[4], Math.abs(expected) * 0.01f);
                assertEquals(expected, value[4], Math.abs(expected) * 0.01f);
            }
            for (int page = slot.first() / KvCache.PAGE; page * KvCache.PAGE < model.size(); page++) {
                Page p = slot.pageOrNull(page);
                if (!all.contains(p)) {
                    all.add(p);
                }
            }
        }
        long bytes = all.stream().mapToLong(Page::bytes).sum();
        assertEquals(bytes, pool.used());
    }
}
