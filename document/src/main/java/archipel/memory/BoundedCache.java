package archipel.memory;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.ToIntBiFunction;
import org.jspecify.annotations.Nullable;

/**
 * A cache whose entries together weigh no more than a bound. Which of them go is Caffeine's to say, by how often and
 * how lately they were asked for; they go on the thread that puts another one, so that there is none in the background.
 *
 * <p>Made with its first entry: a node that caches nothing does not load the library.
 */
public final class BoundedCache<K, V> {
    private final LongSupplier most;
    private final ToIntBiFunction<K, V> weight;

    // Written under this.
    private volatile @Nullable Cache<K, V> cache;
    private volatile long bound;

    private BoundedCache(LongSupplier most, ToIntBiFunction<K, V> weight) {
        this.most = most;
        this.weight = weight;
    }

    /** @param most how many entries there may be */
    public static <K, V> BoundedCache<K, V> ofEntries(int most) {
        return ofEntries(() -> most);
    }

    /** @param most how many entries there may be; asked again with each entry that is put */
    public static <K, V> BoundedCache<K, V> ofEntries(IntSupplier most) {
        return new BoundedCache<>(most::getAsInt, (_, _) -> 1);
    }

    /**
     * One whose entries differ in size. An entry that weighs more than all may together is not kept.
     *
     * @param most what all entries may weigh together
     * @param weight that of an entry, in the same unit, at least 1
     */
    public static <K, V> BoundedCache<K, V> ofWeight(long most, ToIntBiFunction<K, V> weight) {
        return new BoundedCache<>(() -> most, weight);
    }

    /** Null where it is not here, or no longer. */
    public @Nullable V get(K key) {
        Cache<K, V> made = cache;
        return made == null ? null : made.getIfPresent(key);
    }

    public void put(K key, V value) {
        made().put(key, value);
    }

    /** What is here already; the value itself where nothing was. */
    public V putIfAbsent(K key, V value) {
        V known = made().asMap().putIfAbsent(key, value);
        return known == null ? value : known;
    }

    public void remove(K key) {
        Cache<K, V> made = cache;
        if (made != null) {
            made.invalidate(key);
        }
    }

    /** How many entries there are. */
    public long size() {
        Cache<K, V> made = cache;
        return made == null ? 0 : made.estimatedSize();
    }

    private Cache<K, V> made() {
        Cache<K, V> made = cache;
        long wanted = most.getAsLong();
        return made == null || wanted != bound ? make(wanted) : made;
    }

    private synchronized Cache<K, V> make(long wanted) {
        Cache<K, V> made = cache;
        if (made == null) {
            made = Caffeine.newBuilder()
                    .executor(Runnable::run)
                    .maximumWeight(wanted)
                    .<K, V>weigher(weight::applyAsInt)
                    .build();
            cache = made;
        } else {
            made.policy().eviction().orElseThrow().setMaximum(wanted);
        }
        bound = wanted;
        return made;
    }
}
