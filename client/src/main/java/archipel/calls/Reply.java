package archipel.calls;

import archipel.failures.ErrorAnswer;
import archipel.failures.ServerFaultException;
import java.net.http.HttpHeaders;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a node answered.
 *
 * @param what which request, for messages
 * @param repeated whether an attempt before this one may have been carried out, so that a refusal may be due to that
 */
public record Reply(String what, int status, HttpHeaders headers, byte[] body, boolean repeated) {
    public boolean isSuccess() {
        return status >= 200 && status < 300;
    }

    /**
     * The answer as JSON.
     *
     * @throws ServerFaultException where it is none, as that of a proxy may be
     */
    public JsonNode json(JsonMapper mapper) {
        try {
            return mapper.readTree(body);
        } catch (JacksonException e) {
            String reason = "The answer is no JSON: " + e.getOriginalMessage();
            throw new ServerFaultException(what, new ErrorAnswer(status, "bad_answer", reason, Map.of()));
        }
    }

    /** A header's value; empty where there is none. */
    public String header(String name) {
        return headers.firstValue(name).orElse("");
    }
}
