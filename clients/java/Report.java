import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;

/** Reports the steps of the scenario to the runner. */
final class Report {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private Report() {}

  /** What a step has seen, by names that are the same in all languages. */
  interface Step {
    Map<String, ?> run() throws Exception;
  }

  /** Runs a step and reports it; an exception is a failure of the step and does not end the scenario. */
  static void step(String name, Step step) throws IOException, InterruptedException {
    send("begin", name, Map.of());
    Map<String, ?> facts;
    try {
      facts = step.run();
    } catch (Exception failure) {
      facts = Map.of("error", failure.toString());
    }
    send("end", name, facts);
  }

  private static void send(String what, String name, Map<String, ?> facts)
      throws IOException, InterruptedException {
    byte[] body = new ObjectMapper().writeValueAsBytes(Map.of("step", name, "facts", facts));
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(System.getenv("SCENARIO_URL") + "/" + what))
            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
            .build();
    HttpResponse<String> response = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() != 204) {
      throw new IOException("the runner refused " + what + " of " + name + ": " + response.body());
    }
  }
}
