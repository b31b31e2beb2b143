package archipel.house;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.server.EndpointFamily;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.InputStream;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * No endpoint reads a request's body around the memory budget: whole bodies come from {@code RequestBody}, which takes
 * what they need from it, and only those who pass content on in pieces read the stream.
 */
final class RequestMemoryTest {
    /** Who reads a body as it comes, and holds no more than a piece of it. */
    private static final Set<String> STREAMING = Set.of(
            "archipel.documents.AttachmentHandler",
            "archipel.documents.FollowingParts",
            "archipel.documents.FormHandler",
            "archipel.http.RequestBody");

    /** What reads a stream to its end without asking how long it is. */
    private static final Set<String> WHOLE = Set.of("readAllBytes", "readNBytes");

    /** Who reads whole streams that no client sends, or pieces of a fixed size. */
    private static final Set<String> BOUNDED = Set.of(
            "archipel.administration.WelcomeHandler",
            "archipel.documents.AttachmentJson",
            "archipel.engine.AttachmentUpload",
            "archipel.http.BodyBuffer");

    /** What works for requests. */
    private static final Set<String> SERVING = serving();

    private static JavaClasses classes;

    private static Set<String> serving() {
        Set<String> packages = new TreeSet<>(Set.of("archipel.http", "archipel.engine"));
        for (EndpointFamily family : EndpointFamily.values()) {
            packages.add("archipel." + family.word());
        }
        return packages;
    }

    @BeforeAll
    static void readTheClasses() {
        classes = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .withImportOption(location -> !location.contains("testkit"))
                .importPackages("archipel");
    }

    @Test
    void body_asAStream_isReadByThoseWhoPassItOn() {
        Set<String> readers = new TreeSet<>();
        for (JavaClass one : classes) {
            for (JavaMethodCall call : one.getMethodCallsFromSelf()) {
                String method = call.getTarget().getName();
                if (call.getTargetOwner().getName().equals("archipel.http.RequestBody")
                        && (method.equals("stream") || method.equals("raw"))) {
                    readers.add(one.getName());
                }
            }
        }

        assertTrue(readers.contains("archipel.documents.AttachmentHandler"), "the rule sees who reads");
        readers.removeAll(STREAMING);
        assertEquals(Set.of(), readers, "use RequestBody.bytes() or json(), which take from the memory budget");
    }

    @Test
    void stream_ofAnyKind_isNotReadWhole() {
        Set<String> readers = new TreeSet<>();
        for (JavaClass one : classes) {
            boolean serves = SERVING.contains(one.getPackageName());
            for (JavaMethodCall call : one.getMethodCallsFromSelf()) {
                if (serves
                        && call.getTargetOwner().isAssignableTo(InputStream.class)
                        && WHOLE.contains(call.getTarget().getName())) {
                    readers.add(one.getName());
                }
            }
        }

        assertTrue(readers.contains("archipel.http.BodyBuffer"), "the rule sees who reads");
        readers.removeAll(BOUNDED);
        assertEquals(Set.of(), readers, "use BodyBuffer.read, which takes from the memory budget");
    }
}
