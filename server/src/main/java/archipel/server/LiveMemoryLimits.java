package archipel.server;

import archipel.http.HttpSettings;
import archipel.memory.MemoryBudget;
import archipel.settings.Settings;

/** What the settings say that requests may use of the heap, whose size is the JVM's to choose. */
record LiveMemoryLimits(Settings settings) implements MemoryBudget.Limits {
    @Override
    public long totalBytes() {
        return Runtime.getRuntime().maxMemory() / 100 * settings.get(HttpSettings.REQUEST_MEMORY_PERCENT);
    }

    @Override
    public int waitMs() {
        return settings.get(HttpSettings.REQUEST_MEMORY_WAIT_MS);
    }
}
