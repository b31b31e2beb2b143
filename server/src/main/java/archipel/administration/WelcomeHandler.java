package archipel.administration;

import archipel.administration.AdministrationSettings.MaintenanceMode;
import archipel.auth.AccountSettings;
import archipel.auth.UserContext;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.health.Health;
import archipel.health.Problem;
import archipel.http.Access;
import archipel.http.Answer;
import archipel.http.HttpServices;
import archipel.http.Request;
import archipel.http.Router;
import archipel.settings.Settings;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is there for everybody: {@code /}, {@code /_up}, the icon, and the place of the console. */
final class WelcomeHandler {
    /** The CouchDB whose interface this is: what clients decide by. */
    static final String API_VERSION = "3.5.2";

    private static final String YEAR = "public, max-age=31536000";

    private final HttpServices services;
    private final Settings settings;
    private final String version;
    private final String fingerprint;

    /** @param fingerprint by which other nodes know this one */
    WelcomeHandler(HttpServices services, Settings settings, String fingerprint) {
        this.fingerprint = fingerprint;
        this.services = services;
        this.settings = settings;
        this.version = version();
    }

    void register(Router router) {
        router.server("", Access.OPEN, "GET,HEAD").get(this::welcome);
        router.server("_up", Access.OPEN, "GET,HEAD").get(this::up);
        router.server("favicon.ico", Access.OPEN, "GET,HEAD").get(WelcomeHandler::icon);
        router.serverTree("_utils", Access.OPEN, "GET,HEAD").get((_, _) -> {
            throw new RequestException(ErrorCode.MISSING);
        });
    }

    /** Of this build, as the jar's manifest has it. */
    static String version() {
        String version = WelcomeHandler.class.getPackage().getImplementationVersion();
        return version == null ? "unpackaged" : version;
    }

    private void welcome(Request request, Answer answer) throws IOException {
        boolean demanded = settings.get(AccountSettings.REQUIRE_VALID_USER)
                || settings.get(AccountSettings.REQUIRE_VALID_USER_EXCEPT_FOR_UP);
        requireUser(request.user(), demanded);
        JsonBuffer json = new JsonBuffer(320);
        json.ascii("{\"couchdb\":\"Welcome\",\"version\":").string(API_VERSION);
        json.ascii(",\"git_sha\":").string(buildMark(version));
        json.ascii(",\"uuid\":").string(services.node().uuid());
        json.ascii(",\"fingerprint\":").string(fingerprint);
        json.ascii(",\"features\":[\"access-ready\",\"pluggable-storage-engines\"]");
        json.ascii(",\"vendor\":{\"name\":\"Archipel\",\"version\":")
                .string(version)
                .ascii("}}");
        answer.json(200, json);
    }

    private void up(Request request, Answer answer) throws IOException {
        boolean demanded = settings.get(AccountSettings.REQUIRE_VALID_USER)
                && !settings.get(AccountSettings.REQUIRE_VALID_USER_EXCEPT_FOR_UP);
        requireUser(request.user(), demanded);
        MaintenanceMode mode = settings.get(AdministrationSettings.MAINTENANCE_MODE);
        switch (mode) {
            case FALSE -> health(answer, services.node().health().problems());
            case TRUE -> answer.json(404, new JsonBuffer(32).ascii("{\"status\":\"maintenance_mode\"}"));
            case NOLB -> answer.json(404, new JsonBuffer(32).ascii("{\"status\":\"nolb\"}"));
        }
    }

    // 200 as long as the node can serve requests, so that a balancer does not take away the reads that still work.
    private static void health(Answer answer, List<Health.Report> problems) throws IOException {
        if (problems.isEmpty()) {
            answer.json(200, new JsonBuffer(32).ascii("{\"status\":\"ok\",\"seeds\":{}}"));
            return;
        }
        boolean failing = problems.stream().anyMatch(report -> report.problem().impact() == Problem.Impact.WRITES_FAIL);
        JsonBuffer json = new JsonBuffer(256).ascii("{\"status\":");
        json.string(failing ? "failing" : "degraded").ascii(",\"seeds\":{},\"problems\":[");
        String separator = "";
        for (Health.Report report : problems) {
            json.ascii(separator).ascii("{\"problem\":").string(report.problem().label());
            json.ascii(",\"detail\":").string(report.detail());
            json.ascii(",\"since\":")
                    .string(report.since().truncatedTo(ChronoUnit.SECONDS).toString());
            json.ascii('}');
            separator = ",";
        }
        answer.json(failing ? 503 : 200, json.ascii("]}"));
    }

    private static void requireUser(UserContext user, boolean demanded) {
        if (demanded && user.isAnonymous()) {
            throw new RequestException(ErrorCode.LOGIN_REQUIRED);
        }
    }

    private static void icon(Request request, Answer answer) throws IOException {
        try (@Nullable InputStream icon = WelcomeHandler.class.getResourceAsStream("favicon.ico")) {
            if (icon == null) {
                throw new RequestException(ErrorCode.MISSING);
            }
            answer.set("Cache-Control", YEAR);
            answer.text(200, "image/x-icon", icon.readAllBytes());
        }
    }

    /** Tells builds apart as CouchDB's {@code git_sha} does. */
    private static String buildMark(String version) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(version.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 5).substring(0, 9);
        } catch (NoSuchAlgorithmException absent) {
            throw new IllegalStateException(absent);
        }
    }
}
