using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Splitstream.Properties;

// splitstream-properties OUTPUT [STUDY...]: runs the studies, all without a name, and puts their figures into the file, where those of
// other studies stay. OUTPUT "-" runs a fiftieth of each and prints the figures.
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args.Length == 0 || args.Skip(1).Any(name => !Study.All.Any(study => study.Name == name)))
{
    Console.Error.WriteLine($"usage: splitstream-properties OUTPUT [{string.Join('|', Study.All.Select(study => study.Name))} ...]");
    return 2;
}

var isShort = args[0] == "-";
var json = new JsonSerializerOptions(JsonSerializerDefaults.Web) { WriteIndented = true };
var output = File.Exists(args[0]) ? JsonNode.Parse(File.ReadAllText(args[0]))!.AsObject() : [];
var holds = true;
foreach (var study in Study.All.Where(study => args.Length == 1 || args.Contains(study.Name)))
{
    var started = Stopwatch.GetTimestamp();
    var figures = study.Run(isShort ? new Effort(0.02) : Effort.Full);
    var seconds = Math.Round(Stopwatch.GetElapsedTime(started).TotalSeconds);
    foreach (var figure in figures.Where(figure => isShort || figure.Holds == false))
    {
        var verdict = figure.Holds switch { null => "       ", true => "holds  ", false => "MISSED " };
        var asked = $"({figure.Least:G4}..{figure.Most:G4})";
        Console.WriteLine($"{verdict}{figure.Setting}; {figure.Measure}: {figure.Value:G6} +- {figure.Error:G2} {asked}");
    }

    Console.WriteLine($"{study.Name}: {figures.Count} figures in {seconds} s");
    holds &= figures.All(figure => isShort ? figure.IsPlausible : figure.Holds != false);
    if (isShort)
        continue;
    output[study.Name] = JsonSerializer.SerializeToNode(
        new { study.Title, Seeds.Seed, CertificateSeed = Seeds.Certificates, seconds, figures }, json);
    var known = Study.All.Where(s => output[s.Name] is not null);
    var sorted = new JsonObject(known.Select(s => KeyValuePair.Create(s.Name, output[s.Name]?.DeepClone())));
    File.WriteAllText(args[0], sorted.ToJsonString(json) + "\n");
}

return holds ? 0 : 1;
