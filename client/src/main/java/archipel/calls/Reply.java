package archipel.calls;

import java.net.http.HttpHeaders;

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

    /** A header's value; empty where there is none. */
    public String header(String name) {
        return headers.firstValue(name).orElse("");
    }
}
