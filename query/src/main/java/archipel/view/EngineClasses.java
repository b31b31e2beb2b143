package archipel.view;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

/**
 * Initialises every class of the JavaScript engine before the first function runs. A function that recurses without
 * end could otherwise overflow the stack while such a class is being initialised, and Java refuses a class for good
 * whose initialisation failed: one bad function would break, say, regular expressions until the next start.
 */
final class EngineClasses {
    private static final System.Logger LOG = System.getLogger(EngineClasses.class.getName());
    private static final String PACKAGES = "com/oracle/truffle/";
    private static final String CLASS = ".class";
    private static final String INITIALIZER = "<clinit>";

    /** One class of each library. */
    private static final List<String> LIBRARIES = List.of(
            "com.oracle.truffle.js.lang.JavaScriptLanguage",
            "com.oracle.truffle.regex.RegexLanguage",
            "com.oracle.truffle.api.TruffleLanguage");

    static {
        LIBRARIES.forEach(EngineClasses::initializeLibrary);
    }

    private EngineClasses() {}

    /** Returns when all are; takes a second or two the first time. */
    static void initialize() {
        // Java runs the static block above once, however many threads come here.
    }

    private static void initializeLibrary(String known) {
        try {
            Class<?> type = Class.forName(known);
            File place = new File(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
            try (JarFile jar = new JarFile(place)) {
                for (JarEntry entry : (Iterable<JarEntry>) jar.stream()::iterator) {
                    if (isOfTheEngine(entry.getName()) && hasInitializer(jar, entry)) {
                        initializeClass(entry.getName(), type.getClassLoader());
                    }
                }
            }
        } catch (ClassNotFoundException | URISyntaxException | IOException e) {
            LOG.log(System.Logger.Level.WARNING, "the classes beside " + known + " are loaded one by one", e);
        }
    }

    private static boolean isOfTheEngine(String file) {
        return file.startsWith(PACKAGES) && file.endsWith(CLASS) && !file.contains("/polyglot/isolate/");
    }

    /** Looks for the name of the method; the others, which are most, cannot fail and need not be loaded. */
    private static boolean hasInitializer(JarFile jar, JarEntry entry) throws IOException {
        try (InputStream in = jar.getInputStream(entry)) {
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1).contains(INITIALIZER);
        }
    }

    private static void initializeClass(String file, ClassLoader loader) {
        String name = file.substring(0, file.length() - CLASS.length()).replace('/', '.');
        try {
            Class.forName(name, true, loader);
        } catch (ClassNotFoundException | LinkageError | AssertionError e) {
            // Parts that need what is not here, such as the bridge to native images, or that say so themselves.
            LOG.log(System.Logger.Level.TRACE, "{0} is not used", name);
        }
    }
}
