package archipel.clock;

import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.nio.file.Path;
import java.security.ProtectionDomain;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Has all classes of a JVM, those of the JDK too, ask {@link ShiftedClock} for the time of day. What the JVM itself
 * waits by, and what libraries in machine code look at, stays: these use steady clocks.
 */
public final class ClockAgent {
    private ClockAgent() {}

    /** @param file as for {@link ShiftedClock#follow} */
    public static void premain(String file, Instrumentation instrumentation) throws Exception {
        ShiftedClock.follow(Path.of(file));
        instrumentation.addTransformer(new Redirection(), true);
        instrumentation.retransformClasses(Stream.of(instrumentation.getAllLoadedClasses())
                .filter(loaded -> instrumentation.isModifiableClass(loaded) && !loaded.isArray() && !loaded.isHidden())
                .toArray(Class<?>[]::new));
    }

    private static final class Redirection implements ClassFileTransformer {
        @Override
        public byte @Nullable [] transform(
                @Nullable ClassLoader loader,
                String name,
                @Nullable Class<?> before,
                @Nullable ProtectionDomain domain,
                byte[] bytes) {
            return name == null || name.equals("archipel/clock/ShiftedClock") ? null : ClockCalls.redirect(bytes);
        }
    }
}
