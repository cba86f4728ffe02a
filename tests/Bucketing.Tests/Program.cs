using Splitstream.Bucketing;

// Started by NormalisationTests as a process of its own, because normalisation is switched off for a whole process or not at all.
Console.WriteLine(Bucket.NormalisationWorks());
