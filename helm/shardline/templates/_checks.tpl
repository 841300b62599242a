{{/* What a schema cannot tell: values that need, exclude or bound each other. All that is wrong is told at once. */}}
{{- define "shardline.check" -}}
{{- $wrong := concat
  (include "shardline.check.needed" . | fromJsonArray)
  (include "shardline.check.environment" . | fromJsonArray)
  (include "shardline.check.labels" . | fromJsonArray)
  (include "shardline.check.secrets" . | fromJsonArray)
  (include "shardline.check.bounds" . | fromJsonArray)
  (include "shardline.check.letters" . | fromJsonArray)
  (include "shardline.check.autoscaling" . | fromJsonArray) -}}
{{- if $wrong -}}
{{- fail (printf "\n\nThese values are wrong, and nothing was made:\n  - %s\n" (join "\n  - " $wrong)) -}}
{{- end -}}
{{- end -}}

{{- define "shardline.check.needed" -}}
{{- $wrong := list -}}
{{- $names := list -}}
{{- range .Values.env -}}{{- $names = append $names .name -}}{{- end -}}
{{- if not .Values.image.repository -}}
{{- $wrong = append $wrong "image.repository: missing; the image without its tag, such as registry.example.com/shardline" -}}
{{- end -}}
{{- if not .Values.envFrom -}}
{{- $examples := dict
  "application" "music-events" "stream" "music-events" "opensearch.node" "https://search.example.com"
  "dead_letter.to" "s3://bucket/prefix" -}}
{{- range $path, $example := $examples -}}
{{- $variable := include "shardline.variable" $path -}}
{{- if not (or (include "shardline.configured" (dict "root" $ "path" $path)) (has $variable $names)) -}}
{{- $wrong = append $wrong (printf "config.%s: missing, and env has no %s; such as %s" $path $variable $example) -}}
{{- end -}}
{{- end -}}
{{- if not (or .Values.aws.region (has "AWS_REGION" $names)) -}}
{{- $wrong = append $wrong "aws.region: missing, and env has no AWS_REGION; such as eu-central-1" -}}
{{- end -}}
{{- end -}}
{{- if not (regexMatch "^[a-z]" (include "shardline.fullname" .)) -}}
{{- $wrong = append $wrong (printf "fullnameOverride: missing; %s begins with no letter, and a Service's name must" (include "shardline.fullname" .)) -}}
{{- end -}}
{{- if not (include "shardline.serviceAccount" .) -}}
{{- $wrong = append $wrong "serviceAccount.name: missing; with serviceAccount.create: false it names one that is there" -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}

{{/* Variables win over the file: those from which the chart derives something must stay where it reads them. */}}
{{- define "shardline.check.environment" -}}
{{- $wrong := list -}}
{{- $derived := dict
  "SHARDLINE_SHUTDOWN_TIMEOUT" "config.shutdown_timeout" "SHARDLINE_HTTP_PORT" "config.http.port"
  "SHARDLINE_HTTP_HOST" "config.http.host" "SHARDLINE_MEMORY_BUDGET" "config.memory.budget" -}}
{{- range .Values.env -}}
{{- if hasKey $derived .name -}}
{{- $wrong = append $wrong (printf "env: %s would go past the chart, which derives more from it; set %s" .name (get $derived .name)) -}}
{{- end -}}
{{- if and (eq .name "SHARDLINE_OPENSEARCH_PASSWORD") .value -}}
{{- $wrong = append $wrong "env: SHARDLINE_OPENSEARCH_PASSWORD stands in the open; name a Secret in secrets.opensearchPassword.name" -}}
{{- end -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}

{{/* Selectors and Services go by the chart's own labels. */}}
{{- define "shardline.check.labels" -}}
{{- $wrong := list -}}
{{- $own := include "shardline.ownLabels" . | fromYaml -}}
{{- $given := dict
  "labels" .Values.labels "podLabels" .Values.podLabels "serviceMonitor.labels" .Values.serviceMonitor.labels
  "prometheusRule.labels" .Values.prometheusRule.labels "dashboards.labels" .Values.dashboards.labels -}}
{{- range $path, $labels := $given -}}
{{- range $name, $_ := $labels -}}
{{- if hasKey $own $name -}}
{{- $wrong = append $wrong (printf "%s: %s is one of the chart's own (%s); choose another" $path $name (keys $own | sortAlpha | join ", ")) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}

{{- define "shardline.check.secrets" -}}
{{- $wrong := list -}}
{{- $opensearch := .Values.config.opensearch | default dict -}}
{{- $tls := .Values.secrets.opensearchTls -}}
{{- if $opensearch.password -}}
{{- $wrong = append $wrong "config.opensearch.password: would stand in a ConfigMap; name a Secret in secrets.opensearchPassword.name" -}}
{{- end -}}
{{- if and .Values.secrets.opensearchPassword.name $opensearch.password_file -}}
{{- $wrong = append $wrong "config.opensearch.password_file: given as well as secrets.opensearchPassword.name; keep one of them" -}}
{{- end -}}
{{- if $tls.name -}}
{{- if ne (empty $tls.cert) (empty $tls.key) -}}
{{- $wrong = append $wrong "secrets.opensearchTls: cert and key are of no use without each other; give both or none" -}}
{{- end -}}
{{- if not (or $tls.ca $tls.cert) -}}
{{- $wrong = append $wrong "secrets.opensearchTls: neither ca nor cert is given; name the Secret's keys, or leave secrets.opensearchTls.name empty" -}}
{{- end -}}
{{- range list "ca_file" "cert_file" "key_file" -}}
{{- if get $opensearch . -}}
{{- $wrong = append $wrong (printf "config.opensearch.%s: given as well as secrets.opensearchTls.name; keep one of them" .) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}

{{- define "shardline.check.bounds" -}}
{{- $wrong := list -}}
{{- $least := include "shardline.leastGrace" . | int64 -}}
{{- if lt (include "shardline.grace" . | int64) $least -}}
{{- $wrong = append $wrong (printf "terminationGracePeriodSeconds: %d is too short for config.shutdown_timeout: %s; at least %d, or 0 to derive it" (int64 .Values.terminationGracePeriodSeconds) .Values.config.shutdown_timeout $least) -}}
{{- end -}}
{{- with dig "limits" "memory" "" .Values.resources -}}
{{- $leastMemory := add (include "shardline.budgetMebibytes" $ | int64) 160 -}}
{{- if lt (include "shardline.bytes" . | int64) (mul $leastMemory 1048576) -}}
{{- $wrong = append $wrong (printf "resources.limits.memory: %s is too little for config.memory.budget: %s; at least %dMi, or leave it out to derive it" . $.Values.config.memory.budget $leastMemory) -}}
{{- end -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}

{{/* Letters in files live as long as their volume. */}}
{{- define "shardline.check.letters" -}}
{{- $wrong := list -}}
{{- $to := include "shardline.configured" (dict "root" . "path" "dead_letter.to") -}}
{{- if hasPrefix "file:" $to -}}
{{- $folder := trimPrefix "file:" $to | trimPrefix "//" | clean -}}
{{- $kept := false -}}
{{- range .Values.volumeMounts -}}
{{- $mount := . -}}
{{- $inside := hasPrefix (printf "%s/" (clean $mount.mountPath)) (printf "%s/" $folder) -}}
{{- range $.Values.volumes -}}
{{- if and $inside (eq .name $mount.name) (not (hasKey . "emptyDir")) -}}{{- $kept = true -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- if not $kept -}}
{{- $wrong = append $wrong (printf "config.dead_letter.to: letters in %s would be lost with the pod; mount a lasting volume there with volumes and volumeMounts, or use s3://, an SQS queue or firehose://" $to) -}}
{{- end -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}

{{- define "shardline.check.autoscaling" -}}
{{- $wrong := list -}}
{{- with .Values.autoscaling -}}
{{- if ne .kind "none" -}}
{{- if gt (int64 .minReplicas) (int64 .maxReplicas) -}}
{{- $wrong = append $wrong (printf "autoscaling.minReplicas: %d is more than autoscaling.maxReplicas: %d" (int64 .minReplicas) (int64 .maxReplicas)) -}}
{{- end -}}
{{- if and (eq .kind "keda") (not .keda.serverAddress) -}}
{{- $wrong = append $wrong "autoscaling.keda.serverAddress: missing; the address of Prometheus, such as http://prometheus-operated.monitoring:9090" -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}
